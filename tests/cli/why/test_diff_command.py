"""What `redun diff` shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Ask = Callable[..., str]
Documents = Callable[..., list[Any]]


def test_text(ask: Ask) -> None:
    text = ask("diff", "~3", "~2")
    assert re.match(r"- Exec \w+ .*\n\+ Exec \w+ .*\n\nExecutions:\n  argument names changed: ", text)
    assert re.search(r"Code:\n  shown.align: \w{8} -> \w{8}\n    \* version changed: 1 -> 2\n", text)
    assert "shown.align: 2 -> 3 jobs, 1 added, 2 with other code, 0 the same\n" in text
    assert re.search(r"  Job \w+\.2 -> \w+\.2: code\n", text)
    assert re.search(r"  \+ Job \w+\.4 \[ DONE \]\n", text)
    assert re.search(r"  Job \w+\.4 -> \w+\.5: inputs, result\n    \* argument table changed: ", text)
    assert "    result: 2 -> 3\n" in text


def test_one_task_and_a_limit(ask: Ask) -> None:
    text = ask("diff", "~3", "~2", "--task", "align", "-n", "1")
    assert "shown.main" not in text
    assert len(re.findall(r"^  Job ", text, re.MULTILINE)) == 1
    assert (
        len(re.findall(r"^  Job ", ask("diff", "~3", "~2", "--task", "align", "-n", "0"), re.MULTILINE)) == 2
    )


def test_no_difference(ask: Ask) -> None:
    assert "No job differs: 5 are the same.\n" in ask("diff", "~2", "-")


def test_documents(documents: Documents) -> None:
    whole, *jobs = documents("diff", "~3", "~2")
    assert whole["kind"] == "diff"
    tasks = {task["task"]: task for task in whole["tasks"]}
    assert tasks["shown.align"]["jobs"] == [2, 3]
    assert tasks["shown.align"]["ran"] == [2, 3]
    assert tasks["shown.align"]["code"] == 2
    assert [change["causes"][0]["cause"] for change in whole["code"]] == ["version"]
    assert sorted((job["task"], tuple(job["changes"])) for job in jobs) == [
        ("shown.align", ("added",)),
        ("shown.align", ("code",)),
        ("shown.align", ("code",)),
        ("shown.count", ("inputs", "result")),
        ("shown.main", ("inputs", "result")),
    ]
    (count,) = [job for job in jobs if job["task"] == "shown.count"]
    assert count["results"] == ["2", "3"]


def test_what_is_not_there(fails: Ask) -> None:
    assert "no execution in the record is called 'beef'" in fails("diff", "-", "beef")
    assert "neither execution made a job of a task named 'sort'; their tasks: shown.align" in fails(
        "diff", "~2", "-", "--task", "sort"
    )
