"""What `redun run` and `redun log` show of attempts, of what failures cost, and of a dry run."""

from __future__ import annotations

import re
from typing import Any

RETRIED = """
    from pathlib import Path
    from redun import task

    redun_namespace = "demo"

    @task(retries=3, retry_delay=0.05)
    def flaky(path: str):
        mark = Path(path)
        mark.write_text(mark.read_text() + "x" if mark.exists() else "x")
        if len(mark.read_text()) < 3:
            raise ValueError(f"not yet {len(mark.read_text())}")
        return 7

    @task
    def use(x):
        return x

    @task
    def fails(n: int):
        raise ValueError(n)

    @task
    def main():
        return [use(fails(1)), fails(2)]
    """


def test_attempts_are_shown_while_they_run_and_in_the_log(workspace: Any) -> None:
    workspace.write("wf.py", RETRIED)
    done = workspace.redun("run", "wf.py", "flaky", "--path", "mark")
    assert done.stdout == "7\n"
    assert re.search(
        r"Retry  Job \w+\.1:  attempt 1 of 4 failed \(ValueError: not yet 1\); the next in 0\.\d s",
        done.stderr,
    )
    assert "on default (attempt 3 of 4)" in done.stderr
    log = workspace.redun("log", "-.1").stdout
    assert re.search(
        r"Attempts: 3\n  1 after \S+: error: ValueError: not yet 1\n  2 after .*\n  3 after \S+: succeeded\n",
        log,
    )


def test_what_failures_cost_is_told_at_the_end(workspace: Any) -> None:
    workspace.write("wf.py", RETRIED)
    done = workspace.redun("run", "--keep-going", "wf.py", "main", code=1)
    lines = [line.removeprefix("[redun] ") for line in done.stderr.splitlines()]
    start = lines.index("2 jobs failed:")
    for line, n in zip(sorted(lines[start + 1 : start + 3], key=lambda line: line[-1]), "12", strict=True):
        assert re.fullmatch(rf"  Job \w+\.\d demo\.fails: ValueError: {n}", line)
    assert lines[start + 3] == "Not run because of failed arguments: 1 × demo.use"


def test_a_dry_run_says_why(workspace: Any) -> None:
    workspace.write("wf.py", RETRIED)
    done = workspace.redun("run", "--dryrun", "wf.py", "use", "--x", "1", code=1)
    assert re.search(
        r"Dryrun Job \w+\.1:  demo.use\(x=.*\) on default: the task was never called before", done.stderr
    )
