"""What `redun why` shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Ask = Callable[..., str]
Documents = Callable[..., list[Any]]


def test_a_job_with_other_code(ask: Ask) -> None:
    text = ask("why", "~2.2")
    assert re.search(r"Job \w+\.2 \[ DONE \] .*:  shown\.align\(name='a'\) \(new\)\n\nIt ran:\n", text)
    assert "  * version changed: 1 -> 2\n" in text
    assert re.search(r"Compared with Job \w+\.2 of .* \(the same arguments\)\.\n", text)


def test_an_argument_with_what_differs_in_it(ask: Ask) -> None:
    text = ask("why", "~2.5")
    assert "* argument table changed: {'a': 1, 'b': 1} -> {'a': 1, 'b': 1, " in text
    assert any(
        line.strip().startswith("+ ['") and "owned" in line and line.endswith("']: 1")
        for line in text.splitlines()
    )
    assert "(the same place in the tree of jobs)" in text


def test_hostile_text_is_made_visible(ask: Ask) -> None:
    for words in (("why", "~2.5"), ("why", "-.5"), ("why", "~2"), ("diff", "~3", "~2")):
        text = ask(*words)
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", text)


def test_a_call_that_was_added(ask: Ask) -> None:
    text = ask("why", "~2.4")
    assert "* a call that no earlier execution made\n" in text
    assert "Earlier executions called this task, but no call of theirs became this one." in text


def test_a_cached_job(ask: Ask) -> None:
    text = ask("why", "-.3")
    assert "Its result was not made, but taken from the record:\n" in text
    assert re.search(r"  made by  Job \w+\.3, which ran on ", text)
    assert re.search(r"  in       Exec \w+: redun run shown\.py\n", text)
    assert re.search(r"  by code  \w+ of shown\.align, .*conftest\.py:\d+\n", text)


def test_an_execution_by_task_and_cause(ask: Ask) -> None:
    text = ask("why", "~2")
    assert "2 jobs of shown.align ran because version changed: 1 -> 2\n" in text
    assert "1 job of shown.align ran because a call that no earlier execution made\n" in text
    assert "1 job of shown.count ran because argument table changed: " in text
    assert "0 jobs taken from the record.\n" in text
    assert "count" not in ask("why", "~2", "align")


def test_the_last_run_of_which_nothing_ran(ask: Ask) -> None:
    assert "No job ran: 5 jobs from the record.\n" in ask("why", "--last-run")
    assert "No job of align ran: 3 jobs from the record.\n" in ask("why", "--last-run", "align")


def test_the_first_run(ask: Ask) -> None:
    assert "2 jobs of shown.align ran because the task was never called before\n" in ask("why", "~3")


def test_documents(documents: Documents) -> None:
    (job,) = documents("why", "~2.3")
    assert job["reason"] == "NEW"
    assert job["match"] == "ARGUMENTS"
    (cause,) = job["causes"]
    assert (cause["cause"], cause["old"], cause["new"]) == ("version", "1", "2")
    assert job["earlier"]["job"].endswith(".3")
    (cached,) = documents("why", "-.3")
    assert cached["causes"] == []
    assert cached["earlier"]["execution"] == job["job"].partition(".")[0]
    (whole,) = documents("why", "~2")
    assert whole["jobs"] == 5
    assert {group["task"]: group["exact"] for group in whole["groups"]} == {
        "shown.align": True,
        "shown.count": True,
        "shown.main": True,
    }


def test_what_is_not_there(fails: Ask) -> None:
    assert "no execution or job in the record is called 'beef'" in fails("why", "beef")
    assert "made no job of a task named 'sort'; its tasks: shown.align, shown.count, shown.main" in fails(
        "why", "-", "sort"
    )
    assert "is one job already; leave 'align' out" in fails("why", "-.2", "align")
    assert "which job? redun why JOB" in fails("why")
    assert "--last-run takes one TASK" in fails("why", "--last-run", "align", "count")
