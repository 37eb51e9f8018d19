"""A real run's database, rewritten so that every payload runs a command when it is unpickled: looking runs nothing."""

from __future__ import annotations

import os
import pickle
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integration.faults.conftest import Project

WORKFLOW = """
    import attrs

    @attrs.define
    class Point:
        x: int

    @task
    def read(file: File) -> str:
        return file.read()

    @task
    def write(text: str) -> File:
        out = File("out.txt")
        out.write(text * 2)
        return out

    @task
    def points(n: int) -> list:
        return [Point(i) for i in range(n)]

    @task
    def fail(point: Point) -> int:
        raise ValueError(point)

    @task
    def main(name: str = "in.txt"):
        return [write(read(File(name))), points(3)]

    @task
    def failing():
        return fail(points(3)[1])
"""


class Trap:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.path}",)


@pytest.fixture
def hostile(project: Project) -> tuple[Project, Path]:
    project.workflow(WORKFLOW)
    project.write("in.txt", "text")
    project.redun("run", "wf.py", "main")
    project.redun("run", "wf.py", "failing", code=1)
    sprung = project.folder.parent / "sprung"
    trap = pickle.dumps(Trap(sprung))
    with closing(sqlite3.connect(project.database)) as connection, connection:
        connection.execute("UPDATE value SET blob = ?, format = 0, size = ?", (trap, len(trap)))
        assert connection.execute("SELECT count(*) FROM value WHERE blob = ?", (trap,)).fetchone()[0] > 10
    return project, sprung


@pytest.mark.slow
def test_looking_at_a_hostile_record_executes_nothing(hostile: tuple[Project, Path]) -> None:
    project, sprung = hostile
    ids = ["-", "~2", "-.1", "-.2", "~2.1", "~2.3", "main", "faults.points", "out.txt", "in.txt", "*.txt"]
    for table in ("value", "call_node", "task"):
        ids += [row[0] for row in project.rows(f"SELECT lower(hex(hash)) FROM {table} ORDER BY hash LIMIT 3")]
    kinds = ["--exec", "--job", "--call-node", "--task", "--value", "--file"]
    forms = [[], ["--all"], *[[kind] for kind in kinds], *[[each] for each in ids]]
    forms += [["--file", "*.txt"], ["--file", "out.txt"]]
    shown = 0
    for number, form in enumerate(forms):
        hashed = form and len(form[0]) == 40
        for style in ("text", "json")[number % 2 :: 2] if hashed else ("text", "json"):
            run = project.finish(project.start("log", *form, "--format", style))
            assert run.code in (0, 1), run.stderr
            assert run.code == 0 or "redun: error" in run.stderr
            shown += run.code == 0
            assert not sprung.exists(), f"redun log {' '.join(form)} unpickled something"
    assert shown >= len(forms)


def test_the_trap_works(hostile: tuple[Project, Path]) -> None:
    """Replaying does unpickle; were this not so, the test above would prove nothing."""
    project, sprung = hostile
    project.finish(project.start("run", "wf.py", "main"))
    assert sprung.exists()
