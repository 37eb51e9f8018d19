"""Workflows that cannot be loaded, results that cannot be kept, stored results that cannot be read any more."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.faults.conftest import Project

# Task files.


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def broken(:\n    pass\n", ["SyntaxError", 'wf.py", line 1']),
        ("x = 1\n  y = 2\n", ["IndentationError", 'wf.py", line 2']),
        ("import no_such_module_here\n", ["No module named 'no_such_module_here'", 'wf.py", line 1']),
        ("import aside\n", ["ZeroDivisionError", 'wf.py", line 1', 'aside.py", line 2']),
        ("import sys\nsys.exit('not today')\n", ["not today"]),
        ("def f(): return f()\nf()\n", ["RecursionError"]),
        ("text = '\\ud800'.encode()\n", ["UnicodeEncodeError"]),
    ],
)
def test_a_workflow_that_cannot_be_loaded(project: Project, text: str, told: list[str]) -> None:
    project.write("wf.py", text)
    project.write("aside.py", "def f():\n    1 / 0\n\nf()\n")
    run = project.redun("run", "wf.py", "main", code=1)
    assert run.stdout == ""
    assert "redun: error: cannot load wf.py" in run.stderr
    assert len(run.stderr) < 5000
    for each in told:
        assert each in run.stderr
    assert not project.database.exists()


@pytest.mark.parametrize(
    "content", [b"\x00\xff\xfe", b"# -*- coding: nonsense -*-\n", "café = 1".encode("latin-1")]
)
def test_a_workflow_that_is_no_text(project: Project, content: bytes) -> None:
    (project.folder / "wf.py").write_bytes(content)
    assert "redun: error: cannot load wf.py" in project.redun("run", "wf.py", "main", code=1).stderr


# Results that cannot be kept.

RESULTS = """
    import socket, threading

    @task
    def sibling(key: str) -> str:
        note("start", key)
        return key

    def local():
        class Local:
            pass
        return Local()

    @task
    def odd():
        return {result}

    @task
    def main():
        return [sibling("one"), odd(), sibling("two")]
"""


@pytest.mark.parametrize(
    "result",
    [
        "lambda: 1",
        "[1, {'deep': threading.Lock()}]",
        "(number for number in [1])",
        "socket.socket()",
        "open('wf.py')",
        "local()",
        "sys._getframe()",
    ],
)
def test_a_result_that_cannot_be_stored_fails_its_job_alone(project: Project, result: str) -> None:
    project.workflow(RESULTS.format(result=result))
    run = project.redun("run", "wf.py", "main", code=1)
    told = run.stderr.split("*** Execution failed.")[1]
    assert "in faults.odd" in told
    assert re.search(r"UnserializableValueError|UnhashableValueError", told)
    assert sorted(project.bodies()) == ["one", "two"]
    project.assert_no_running_rows()
    project.assert_record_sound()
    project.workflow(RESULTS.format(result="3"))
    assert project.redun("run", "wf.py", "main").stdout == "['one', 3, 'two']\n"
    assert sorted(project.bodies()) == ["one", "two"]


# Stored results that cannot be read.

CLASSES = """
    from shapes import {name}

    @task(version="1")
    def make(key: str):
        note("start", key)
        return {name}(3)

    @task(version="1")
    def area(key: str, shape) -> int:
        note("start", key)
        return shape.side ** 2

    @task(version="1")
    def main():
        return area("area", make("make"))
"""
SHAPES = """
class {name}:
    def __init__(self, side):
        self.side = side
"""


def test_a_class_that_is_gone_costs_a_run_with_a_reason(project: Project) -> None:
    project.workflow(CLASSES.format(name="Square"))
    project.write("shapes.py", SHAPES.format(name="Square"))
    project.redun("run", "wf.py", "main")

    project.workflow(CLASSES.format(name="Quad"))
    project.write("shapes.py", SHAPES.format(name="Quad"))
    dry = project.redun("run", "--dry-run", "wf.py", "main", code=1)
    assert "the recorded result cannot be read any more" in dry.stderr
    run = project.redun("run", "wf.py", "main")
    assert run.stdout == "9\n"
    assert project.bodies() == ["make", "area", "make", "area"]
    reasons = {row["task"]: row["reason"] for row in project.log("-")[1:]}
    assert reasons["faults.make"] == "UNREADABLE"
    assert project.redun("run", "wf.py", "main").ran() == []


STORED = """
    @task
    def small(key: str) -> str:
        note("start", key)
        return key * 3

    @task
    def large(key: str) -> bytes:
        note("start", key)
        return key.encode() * 400_000

    @task
    def size(key: str, data) -> int:
        note("start", key)
        return len(data)

    @task
    def main():
        return [size("of-small", small("small")), size("of-large", large("large"))]
"""


def _deleted(path: Path) -> None:
    path.unlink()


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def _flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [_deleted, _truncated, _flipped, _emptied])
def test_a_damaged_payload_is_made_again(project: Project, damage: object) -> None:
    project.workflow(STORED)
    project.redun("run", "wf.py", "main")
    (path,) = (path for path in (project.folder / ".redun" / "values").rglob("*") if path.is_file())
    damage(path)  # type: ignore[operator]
    run = project.redun("run", "wf.py", "main")
    assert run.stdout == "[15, 2000000]\n"
    assert project.bodies().count("large") == 2
    assert len(project.bodies()) == 5
    reasons = {row["task"]: row["reason"] for row in project.log("-")[1:]}
    assert reasons["faults.large"] == "UNREADABLE"
    project.assert_record_sound()
    assert project.redun("run", "wf.py", "main").ran() == []
    assert len(project.bodies()) == 5


def test_a_damaged_row_is_made_again_once(project: Project) -> None:
    project.workflow(STORED)
    project.redun("run", "wf.py", "main")
    with closing(sqlite3.connect(project.database)) as connection, connection:
        connection.execute(
            "UPDATE value SET blob = x'80050000ffff' WHERE preview = ?", ("'smallsmallsmall'",)
        )
        assert connection.execute("SELECT changes()").fetchone() == (1,)
    run = project.redun("run", "wf.py", "main")
    assert run.stdout == "[15, 2000000]\n"
    assert project.bodies().count("small") == 2
    again = project.redun("run", "wf.py", "main")
    assert again.stdout == "[15, 2000000]\n"
    assert again.ran() == []
    project.assert_record_sound()


def test_a_record_whose_every_payload_is_damaged_costs_one_run(project: Project) -> None:
    project.workflow(STORED)
    project.redun("run", "wf.py", "main")
    with closing(sqlite3.connect(project.database)) as connection, connection:
        connection.execute("UPDATE value SET blob = x'80050000ffff' WHERE blob IS NOT NULL")
    assert project.redun("run", "wf.py", "main").stdout == "[15, 2000000]\n"
    assert project.redun("run", "wf.py", "main").ran() == []
