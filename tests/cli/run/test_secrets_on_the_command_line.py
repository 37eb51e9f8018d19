"""Secrets on the command line: what usage, reports and messages show of them."""

from __future__ import annotations

import pprint
import re
from typing import Any

import pytest
from redun import Secret, task
from redun.config import Config
from redun.session import secret_parameters
from redun_cli.run.arguments import TaskParser
from redun_cli.run.result import print_result

WORKFLOW = """
    from redun import Secret, task

    redun_namespace = "demo"

    @task(retries=1, retry_delay=0.01)
    def login(password: Secret[str], pins: list[Secret[int]] = [1234]):
        raise ConnectionError(f"{password} was refused")

    @task
    def count(token: str = "from-the-lab"):
        return [len(token), token]
    """
SECRET = "correct-horse-battery"


def test_a_failure_shows_no_secret(workspace: Any) -> None:
    workspace.write("wf.py", WORKFLOW)
    done = workspace.redun("run", "wf.py", "login", "--password", SECRET, "--pins", "7", "8", code=1)
    assert SECRET not in done.stdout + done.stderr
    assert "run wf.py login --password *** --pins *** ***" in done.stderr
    assert re.search(r"Run    Job \w+\.1:  demo\.login\(password=<secret>, pins=<secret>\)", done.stderr)
    assert "attempt 1 of 2 failed (ConnectionError: *** was refused)" in done.stderr
    assert "ConnectionError: *** was refused" in done.stderr.split("Execution failed")[1]
    shown = workspace.redun("log", "-").stdout + workspace.redun("log", "-.1").stdout
    assert SECRET not in shown
    assert "*** was refused" in shown
    again = workspace.redun("run", "--rerun", "wf.py", "-.1", code=1)
    assert re.search(
        r"'(password|pins)' of job \w+\.1 is a secret, or holds one, and was not kept", again.stderr
    )


def test_usage_shows_neither_defaults_nor_what_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    @task(namespace="cli_secrets")
    def login(password: Secret[str], pins: list[Secret[int]] = [1234]) -> None:  # noqa: B006
        """Log in."""

    parser = TaskParser(login, "redun run wf.py login", secret=secret_parameters(Config(), login))
    assert "(default: <secret>)" in parser.format_help()
    assert "1234" not in parser.format_help()
    with pytest.raises(SystemExit):
        parser.read(["--password", SECRET, "--pins", "secret-pin"])
    said = capsys.readouterr().err
    assert "--pins: expected an integer (what was given is a secret)" in said
    assert "secret-pin" not in said


def test_parameters_named_in_the_configuration(workspace: Any) -> None:
    workspace.write("wf.py", WORKFLOW)
    workspace.write(".redun/redun.ini", "[secrets]\nparameters = demo.count.token\n")
    done = workspace.redun("run", "wf.py", "count", f"--token={SECRET}")
    assert done.stdout == "[21, '***']\n"
    assert SECRET not in done.stderr
    dry = workspace.redun("run", "--dryrun", "wf.py", "count", "--token", SECRET + "!", code=1)
    assert "demo.count(token=<secret>)" in dry.stderr
    assert SECRET not in dry.stderr
    assert (workspace.folder / ".redun" / "secret.key").stat().st_mode & 0o777 == 0o600
    listed = workspace.redun("log", "-.1").stdout
    assert "demo.count(token=<secret>)" in listed
    assert "[21, '***']" in listed


def test_a_secret_that_a_long_result_is_wrapped_within_is_not_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret = "correct horse battery staple"
    result = {"data": b"x" * 50 + secret.encode(), "note": f"{'a word and ' * 5}{secret}"}
    print_result(result, lambda text: text.replace(secret, "***"))
    assert capsys.readouterr().out == f"{result!r}\n".replace(secret, "***")
    print_result(result)
    assert capsys.readouterr().out == pprint.pformat(result) + "\n"
