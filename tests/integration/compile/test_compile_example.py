"""The compile example, with a real compiler: what is built, what is reused, and where a program came from."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import attrs
import pytest
import warm

EXAMPLE = Path(__file__).parents[3] / "examples" / "compile"
REDUN = Path(sys.executable).with_name("redun")
LINE = re.compile(
    r"^\[redun\] (Run   |Cached|Failed) Job [0-9a-f]{8}\.\d+:  examples\.compile\.(\w+)\((.*)\) ", re.M
)


@attrs.frozen
class Build:
    """What one `redun run` did: calls as (task, arguments)."""

    ran: list[tuple[str, str]]
    cached: list[tuple[str, str]]
    stderr: str

    def tasks_run(self) -> Counter[str]:
        return Counter(task for task, _ in self.ran)


class Project:
    """A copy of the example in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def redun(self, *words: str) -> subprocess.CompletedProcess[str]:
        return warm.run([REDUN, *words], cwd=self.folder, capture_output=True, text=True)

    def build(self) -> Build:
        done = self.redun("run", "make.py", "make")
        assert done.returncode == 0, done.stderr
        assert "prog" in done.stdout
        found = [(action.strip(), (task, arguments)) for action, task, arguments in LINE.findall(done.stderr)]
        return Build(
            ran=[call for action, call in found if action == "Run"],
            cached=[call for action, call in found if action == "Cached"],
            stderr=done.stderr,
        )

    def says(self, program: str) -> str:
        return subprocess.run([self.folder / program], capture_output=True, text=True, check=True).stdout

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    if shutil.which("gcc") is None:
        pytest.fail("this test compiles C: install gcc")
    for name in ("make.py", "lib.c", "prog.c", "prog2.c"):
        shutil.copy(EXAMPLE / name, tmp_path)
    return Project(tmp_path)


def test_builds_are_incremental(project: Project) -> None:
    first = project.build()
    assert first.tasks_run() == {"make": 1, "make_prog": 2, "compile": 3, "link": 2}
    assert first.cached == []
    assert project.says("prog") == "Hello, prog!\n"
    assert project.says("prog2") == "Hello, prog2!\n"

    project.edit("lib.c", "Hello", "Goodbye")
    second = project.build()
    assert second.tasks_run() == {"make": 1, "make_prog": 2, "compile": 1, "link": 2}
    assert "lib.c" in next(arguments for task, arguments in second.ran if task == "compile")
    reused = [arguments for task, arguments in second.cached if task == "compile"]
    assert len(second.cached) == len(reused) == 2
    assert any("prog.c" in arguments for arguments in reused)
    assert any("prog2.c" in arguments for arguments in reused)
    assert project.says("prog") == "Goodbye, prog!\n"

    third = project.build()
    assert third.ran == []
    assert len(third.cached) == 8

    (project.folder / "prog").unlink()
    fourth = project.build()
    assert fourth.tasks_run() == {"link": 1}
    assert "'prog'" in fourth.ran[0][1]
    assert project.says("prog") == "Goodbye, prog!\n"


def test_an_edit_undone_and_a_comment_cost_no_job_that_is_on_record(project: Project) -> None:
    project.build()
    project.edit(
        "make.py", '"""Link object files into a program."""', '"""Link."""  # objects into a program'
    )
    assert project.build().ran == []
    project.edit("lib.c", "Hello", "Goodbye")
    project.build()
    project.edit("lib.c", "Goodbye", "Hello")
    project.build()
    assert project.says("prog") == "Hello, prog!\n"
    assert project.build().ran == []


def test_a_program_says_where_it_came_from(project: Project) -> None:
    project.build()
    done = project.redun("log", "prog")
    assert done.returncode == 0, done.stderr
    text = done.stdout
    assert 'subprocess.run(["gcc", "-o", program' in text
    for origin in ("lib.c", "prog.c", "lib.o", "prog.o"):
        assert origin in text
    for name in ("link", "compile", "make_prog", "make"):
        assert re.search(rf"\b{name}\b", text)


def test_a_compiler_error_fails_the_build_and_spares_the_other_program(project: Project) -> None:
    project.edit("prog2.c", "return 0;", "return 0")
    done = project.redun("run", "make.py", "make")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "error: expected" in done.stderr  # gcc's own words
    assert "subprocess.CalledProcessError: Command '['gcc', '-c', 'prog2.c'" in done.stderr
    assert done.stderr.count("Execution failed") == 1
    trace = done.stderr.split("Execution failed")[1]
    frames = re.findall(r'Job \S+: File "[^"]*make\.py", line \d+, in examples\.compile\.(\w+)', trace)
    assert frames == ["make", "make_prog", "compile"]
    assert "redun_cli" not in trace
    assert "scheduler" not in trace

    project.edit("prog2.c", "return 0", "return 0;")
    again = project.build()
    compiled = [arguments for task, arguments in again.ran if task == "compile"]
    assert len(compiled) == 1
    assert "prog2.c" in compiled[0]
