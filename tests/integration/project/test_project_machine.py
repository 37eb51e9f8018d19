"""A small project under random edits: after each, results are what they have to be, and what ran is exactly what had
to; after the last, results are those of a run without any cache.

The model knows what a result may depend on: the code of a task and of the helpers and constants it reaches, its
arguments, and files. It keeps the calls that were made under these keys; a call runs if its key is new, or if a file
in its result is not what it was.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from .forked import run

CONSTANTS = """
A = {a}
B = {b}
UNUSED = {unused}
"""

HELPERS = '''
import constants

def shift(x):
    """{helper_docstring}"""
    return x + {shift} + constants.A

def scale(x):
    # {helper_comment}
    return x * {scale}

def unused(x):
    return x - {unused_helper}
'''

WORKFLOW = '''
from redun import File, task
from constants import B
import helpers
from helpers import shift

redun_namespace = "project"

@task({option})
def read(file):
    return len(file.read())

@task()
def shifted(x):
    # {comment}
    return shift(x) + {own}

@task()
def scaled(x):
    """{docstring}"""
    return helpers.scale(x) + B

@task()
def write(path, x):
    out = File(path)
    out.write(str(x))
    return out

@task()
def text(file):
    return file.read()

@task()
def main(path):
    number = read(File(path))
    last = scaled(shifted(number))
    return [last, text(write("out.txt", last)), [shifted(number + i) for i in range({siblings})]]
'''

NUMBERS = st.integers(1, 3)
WORDS = st.sampled_from(["one", "two words", "three"])


class Project(RuleBasedStateMachine):
    """The project on disk, and the model of what its record knows."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.settings: dict[str, Any] = dict.fromkeys(
            ("a", "b", "unused", "shift", "scale", "unused_helper", "own"), 1
        )
        self.settings |= dict.fromkeys(("helper_docstring", "helper_comment", "comment", "docstring"), "one")
        self.settings |= {"siblings": 0, "option": ""}
        self.history: list[dict[str, Any]] = []
        self.calls: dict[tuple[Any, ...], Any] = {}
        self.folder.joinpath("in.txt").write_text("x")

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            try:
                assert run(self.folder, ":memory:", "main('in.txt')")[0] == self.value
            finally:
                shutil.rmtree(self.folder)

    # Edits.

    def edit(self, name: str, value: Any) -> None:
        self.history.append(dict(self.settings))
        self.settings[name] = value

    @rule(value=NUMBERS)
    def edit_task(self, value: int) -> None:
        self.edit("own", value)

    @rule(name=st.sampled_from(["shift", "scale"]), value=NUMBERS)
    def edit_helper(self, name: str, value: int) -> None:
        self.edit(name, value)

    @rule(name=st.sampled_from(["a", "b"]), value=NUMBERS)
    def edit_constant(self, name: str, value: int) -> None:
        self.edit(name, value)

    @rule(name=st.sampled_from(["unused", "unused_helper"]), value=NUMBERS)
    def edit_what_is_not_used(self, name: str, value: int) -> None:
        self.edit(name, value)

    @rule(name=st.sampled_from(["helper_docstring", "helper_comment", "comment", "docstring"]), value=WORDS)
    def edit_comment(self, name: str, value: str) -> None:
        self.edit(name, value)

    @rule(value=st.sampled_from(["", 'executor="default"', "tags=[('a', 1)]"]))
    def edit_option(self, value: str) -> None:
        self.edit("option", value)

    @rule(value=st.integers(0, 3))
    def add_or_remove_siblings(self, value: int) -> None:
        self.edit("siblings", value)

    @precondition(lambda self: self.history)
    @rule()
    def revert(self) -> None:
        self.settings = self.history.pop()

    @rule(text=st.sampled_from(["x", "yy", "zz", "long text"]))
    def change_file(self, text: str) -> None:
        self.folder.joinpath("in.txt").write_text(text)

    @rule(ahead=st.integers(-100, 100))
    def touch_file(self, ahead: int) -> None:
        path = self.folder / "in.txt"
        then = path.stat().st_mtime + ahead
        os.utime(path, (then, then))

    @rule()
    def delete_output(self) -> None:
        self.folder.joinpath("out.txt").unlink(missing_ok=True)

    @rule(text=st.sampled_from(["1", "other"]))
    def overwrite_output(self, text: str) -> None:
        self.folder.joinpath("out.txt").write_text(text)

    # What must hold after each.

    @invariant()
    def runs_what_has_to_run(self) -> None:
        if not hasattr(self, "folder"):
            return
        self.write_project(self.folder)
        expected, due = self.predict()
        self.value, ran = run(self.folder, str(self.folder / "record.db"), "main('in.txt')")
        assert self.value == expected
        assert sorted(ran) == sorted(f"project.{name}" for name in due)

    def write_project(self, folder: Path) -> None:
        for name, template in (("constants", CONSTANTS), ("helpers", HELPERS), ("wf", WORKFLOW)):
            folder.joinpath(f"{name}.py").write_text(template.format(**self.settings))

    def predict(self) -> tuple[Any, list[str]]:
        """Return the result of `main`, and the names of the tasks that have to run; remember their calls."""
        given = self.settings
        content = self.folder.joinpath("in.txt").read_text()
        out = self.folder / "out.txt"
        due: list[str] = []

        def call(name: str, code: tuple[Any, ...], argument: Any, files: Any = None) -> None:
            key = (name, code, argument)
            if key not in self.calls or self.calls[key] != files:
                due.append(name)
                self.calls[key] = files

        def shifted(x: int) -> int:
            call("shifted", (given["own"], given["shift"], given["a"]), x)
            return x + int(given["shift"]) + int(given["a"]) + int(given["own"])

        call("main", (given["siblings"],), "in.txt", content)
        number = len(content)
        call("read", (), content)
        moved = shifted(number)
        last = moved * given["scale"] + given["b"]
        call("scaled", (given["scale"], given["b"]), moved)
        written = ("write", (), ("out.txt", last))
        if written not in self.calls or not out.exists() or out.read_text() != str(last):
            due.append("write")
            self.calls[written] = None
        call("text", (), ("out.txt", str(last)))
        # Equal calls of one execution are one job.
        siblings = [moved if i == 0 else shifted(number + i) for i in range(given["siblings"])]
        return [last, str(last), siblings], due


TestProject = Project.TestCase
TestProject.settings = settings(
    max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
