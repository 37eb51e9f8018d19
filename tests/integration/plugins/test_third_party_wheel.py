"""A real third-party wheel, installed by pip: its executor runs tasks, its observer sees them, its command works."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

WORKFLOW = """
import threading

from redun import task

redun_namespace = "post"


@task(executor="courier", version="1")
def deliver(letter: str) -> str:
    return f"{letter} by {threading.current_thread().name}"


@task(version="1")
def deliver_all(letters: list[str]) -> list[str]:
    return [deliver(letter) for letter in letters]
"""
CONFIG = """
[backend]
db_uri = sqlite:///redun.db

[executors.courier]
type = courier
uniform = red

[courier]
log = {log}
"""


@pytest.fixture(scope="module")
def environment(make_environment: Callable[..., Any]) -> Any:
    """An environment with the courier, and a workflow that needs it."""
    made = make_environment("redun-executor-courier")
    (made.folder / "post.py").write_text(WORKFLOW)
    (made.folder / ".redun").mkdir()
    (made.folder / ".redun" / "redun.ini").write_text(CONFIG.format(log=made.folder / "log.jsonl"))
    return made


def test_executor_observer_and_command(environment: Any) -> None:
    done = environment.redun("run", "post.py", "deliver_all", "--letters", "a", "--letters", "b")
    assert "['a by courier-red', 'b by courier-red']" in done.stdout

    noted = [json.loads(line) for line in (environment.folder / "log.jsonl").read_text().splitlines()]
    assert noted.count(["job", "post.deliver", "DONE"]) == 2
    assert noted.count(["job", "post.deliver_all", "DONE"]) == 1
    assert noted[-1] == ["execution", "post.deliver_all", "DONE"]

    counted = environment.redun("courier", "log", str(environment.folder / "log.jsonl"))
    assert "2 job post.deliver DONE" in counted.stdout


def test_help_lists_the_command_by_origin(environment: Any) -> None:
    text = environment.redun("--help").stdout
    assert "redun-executor-courier" in text
    assert "courier" in text.partition("redun-executor-courier")[2]
    assert "Show which jobs the courier saw." in environment.redun("courier", "--help").stdout


def test_plugins_lists_what_it_supplies(environment: Any) -> None:
    text = environment.redun("plugins").stdout
    assert "redun-executor-courier 1.2" in text
    listed = {each["name"]: each for each in json.loads(environment.redun("plugins", "--json").stdout)}
    assert list(listed) == ["redun", "redun-cli", "courier"]
    courier = listed["courier"]
    assert (courier["status"], courier["version"], courier["problems"]) == ("active", "1.2", [])
    assert courier["supplies"] == {
        "executor": ["courier"],
        "command": ["courier log"],
        "task option": ["urgent"],
    }
    assert courier["hooks"][-2:] == ["redun_jobs", "redun_execution_tags"]


@pytest.mark.parametrize(
    ("options", "variables", "reason"),
    [
        (["-p", "no:courier"], {}, "left out by -p no:courier"),
        (["-p", "no:redun-executor-courier"], {}, "left out by -p no:redun-executor-courier"),
        (["--no-plugins"], {}, "left out by --no-plugins"),
        ([], {"REDUN_DISABLE_PLUGINS": "courier"}, "left out by REDUN_DISABLE_PLUGINS"),
        ([], {"REDUN_PLUGINS": "courier2"}, "not listed by REDUN_PLUGINS"),
    ],
)
def test_it_can_be_left_out(
    environment: Any, options: list[str], variables: dict[str, str], reason: str
) -> None:
    listed = json.loads(environment.redun(*options, "plugins", "--json", **variables).stdout)
    courier = next(each for each in listed if each["name"] == "courier")
    assert (courier["status"], courier["reason"]) == ("disabled", reason)
    assert "courier log" not in environment.redun(*options, "--help", **variables).stdout
    failed = environment.run("redun", *options, "run", "post.py", "deliver", "--letter", "x", **variables)
    assert failed.returncode == 1
    assert "no plugin supplies the executor 'courier'" in failed.stderr
    assert reason in failed.stderr


def test_help_imports_nothing_that_a_command_or_an_executor_needs(environment: Any) -> None:
    code = textwrap.dedent("""
        import sys
        from redun_cli.main import main
        main(["--help"])
        print(sorted(name for name in sys.modules if name.startswith("redun_executor_courier")))
        print([name for name in ("sqlalchemy", "alembic") if name in sys.modules])
    """)
    done = environment.run("python", "-c", code)
    assert done.stdout.splitlines()[-2:] == [
        "['redun_executor_courier', 'redun_executor_courier.plugin']",
        "[]",
    ], done.stderr


def test_it_is_found_where_pip_put_it(environment: Any) -> None:
    code = "import redun_executor_courier as p, redun as r; print(p.__file__, r.__file__)"
    for path in environment.run("python", "-c", code).stdout.split():
        assert Path(path).is_relative_to(environment.bin.parent)
