"""The tour of the scheduler: limits, retries, timeouts, keep-going and dry runs, as configured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RESULT = "{'reykjavik': (5.6, 'Jul'), 'singapore': (0.8, 'Jun'), 'yakutsk': (29.2, 'Jul')}"


def test_limits_keep_the_archive_at_ease_and_retries_mend_connections(copy_of: Callable[[str], Any]) -> None:
    example = copy_of("scheduler_tour")
    planned = example.run("--dry-run", "workflow.py", "main", code=1)
    assert "the task was never called before" in planned.stderr
    assert not planned.ran

    first = example.run("workflow.py", "main")
    assert first.stdout == RESULT
    assert first.ran == {"main": 1, "download": 3, "annual_cycle": 3}
    assert first.stderr.count("Retry  Job") == 3
    assert first.stderr.count("ConnectionResetError") == 3
    assert "ConnectionRefusedError" not in first.stderr
    assert first.stderr.count("on network (attempt 2 of 4)") == 3

    known = example.run("--dry-run", "workflow.py", "main")
    assert known.stdout == RESULT
    assert "Dryrun" not in known.stderr

    # The archive is part of the project's code, a limit is not.
    example.edit(".redun/redun.ini", "archive = 2", "archive = 1")
    assert not example.run("workflow.py", "main").ran
    example.edit("archive.py", "time.sleep(0.05)", "time.sleep(0.01)")
    assert example.run("workflow.py", "main").ran == {"download": 3}


def test_without_the_limit_the_archive_refuses(copy_of: Callable[[str], Any]) -> None:
    example = copy_of("scheduler_tour")
    example.edit(".redun/redun.ini", "archive = 2", "archive = 3")
    example.edit("archive.py", "time.sleep(0.05)", "time.sleep(0.5)")
    example.edit("workflow.py", "retries=3", "retries=0")
    refused = example.run("workflow.py", "main", code=1)
    assert "ConnectionRefusedError: the archive serves two requests at a time" in refused.stderr


def test_failures_spare_what_does_not_depend_on_them(copy_of: Callable[[str], Any]) -> None:
    example = copy_of("scheduler_tour")
    stations = [word for name in ("quito", "vostok", "yakutsk") for word in ("--stations", name)]
    done = example.run("--keep-going", "workflow.py", "main", *stations, code=1)
    assert done.failed == {"main": 1, "download": 2}
    assert done.ran["annual_cycle"] == 1
    assert "2 jobs failed:" in done.stderr
    assert "took longer than its timeout of 1 s" in done.stderr
    assert "2 × examples.scheduler_tour.annual_cycle" in done.stderr
    assert done.stderr.count("the connection broke while vostok was sent") == 1
    log = example.log("-.3")
    assert "Attempts: 2" in log
    assert "timeout: JobTimeoutError" in log
    # What was done meanwhile is on record.
    again = example.run("workflow.py", "main", *stations[-2:])
    assert again.ran == {"main": 1}
    assert again.cached == {"download": 1, "annual_cycle": 1}
