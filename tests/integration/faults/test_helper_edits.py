"""Edit a helper at random in a project of many modules: exactly the tasks that reach it run again."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs
import pytest

if TYPE_CHECKING:
    from tests.integration.faults.conftest import Project

SEED = int(os.environ.get("FAULT_SEED", "20262"))
MODULES = 5
HELPERS = 24
TASKS = 10
EDITS = 14


@attrs.define
class Helper:
    """A thing that tasks use, directly or through other helpers.

    `style` says how it is written and how others call it; `value` is what an edit changes.
    """

    name: str
    module: str
    style: str
    value: int
    uses: list[Helper]

    def definition(self) -> list[str]:
        rest = "".join(f" + {used.call('x')}" for used in self.uses)
        body = f"(x * 7 + {self.value}{rest}) % 1000003"
        if self.style == "function":
            return [f"def {self.name}(x):", f"    return {body}"]
        if self.style == "nested":
            return [
                f"def {self.name}(x):",
                "    def inner(y):",
                f"        return {body.replace('x', 'y', 1)}",
                "    return inner(x)",
            ]
        if self.style == "constant":
            return [
                f"{self.name}_TABLE = {{'a': [{self.value}, 2]}}",
                "",
                f"def {self.name}(x):",
                f"    return (x * 7 + {self.name}_TABLE['a'][0]{rest}) % 1000003",
            ]
        if self.style == "class":
            return [
                f"class {self.name}:",
                f"    FACTOR = {self.value}",
                "",
                "    def apply(self, x):",
                f"        return self.finish(x * 7 + self.FACTOR{rest})",
                "",
                "    def finish(self, x):",
                "        return x % 1000003",
            ]
        if self.style == "default":
            return [f"def {self.name}(x, extra={self.value}):", f"    return (x * 7 + extra{rest}) % 1000003"]
        assert self.style == "decorated"
        return [
            f"def {self.name}_wrap(function):",
            "    @functools.wraps(function)",
            "    def wrapper(x):",
            f"        return function(x) + {self.value}",
            "    return wrapper",
            "",
            f"@{self.name}_wrap",
            f"def {self.name}(x):",
            f"    return (x * 7{rest}) % 1000003",
        ]

    def call(self, argument: str) -> str:
        return f"{self.name}().apply({argument})" if self.style == "class" else f"{self.name}({argument})"

    def reached(self) -> set[str]:
        return {self.name}.union(*(used.reached() for used in self.uses))

    def __call__(self, x: int) -> int:
        rest = sum(used(x) for used in self.uses)
        if self.style == "decorated":
            return (x * 7 + rest) % 1000003 + self.value
        return (x * 7 + self.value + rest) % 1000003


STYLES = ("function", "nested", "constant", "class", "default", "decorated")


@attrs.define
class Layout:
    """A random project: helpers use earlier helpers, tasks use some helpers."""

    helpers: list[Helper]
    tasks: dict[str, list[Helper]]

    @classmethod
    def random(cls, chance: random.Random) -> Layout:
        helpers: list[Helper] = []
        for number in range(HELPERS):
            # A helper's module is no earlier than those of what it uses, or modules would import each other in rings.
            level = number * MODULES // HELPERS
            uses = chance.sample(helpers, min(len(helpers), chance.choice([0, 1, 1, 2])))
            style = STYLES[number % len(STYLES)]
            helpers.append(Helper(f"helper_{number}", f"m{level}", style, chance.randrange(1000), uses))
        tasks = {
            f"task_{number}": chance.sample(helpers, chance.choice([1, 1, 2])) for number in range(TASKS)
        }
        return cls(helpers, tasks)

    def write(self, project: Project, comment: str = "") -> None:
        for level in range(MODULES):
            here = [helper for helper in self.helpers if helper.module == f"m{level}"]
            others = {used for helper in here for used in map(id, helper.uses)} - set(map(id, here))
            imports = imports_of(helper for helper in self.helpers if id(helper) in others)
            lines = [f"# {comment}", "import functools", *imports, ""]
            for helper in here:
                lines += ["", *helper.definition(), ""]
            project.write(f"lab/m{level}.py", "\n".join(lines))
        project.write("lab/__init__.py", "")
        used = {id(helper) for uses in self.tasks.values() for helper in uses}
        lines = ["from redun import task", *imports_of(h for h in self.helpers if id(h) in used)]
        lines += ["redun_namespace = 'faults'", ""]
        for name, uses in self.tasks.items():
            calls = " + ".join(helper.call("x") for helper in uses)
            lines += ["@task", f"def {name}(x: int) -> int:", f"    return {calls}", ""]
        calls = ", ".join(f"{name}(3)" for name in self.tasks)
        lines += ["@task", "def main():", f"    return [{calls}]", ""]
        project.write("wf.py", "\n".join(lines))

    def expected(self) -> list[int]:
        return [sum(helper(3) for helper in uses) for uses in self.tasks.values()]

    def reaching(self, helper: Helper) -> set[str]:
        return {
            name for name, uses in self.tasks.items() if any(helper.name in used.reached() for used in uses)
        }


def imports_of(helpers: Iterable[Helper]) -> list[str]:
    return [f"from lab.{helper.module} import {helper.name}" for helper in helpers]


def names(calls: list[str]) -> set[str]:
    return {re.match(r"faults\.(\w+)\(", call)[1] for call in calls}  # type: ignore[index]


@pytest.mark.slow
def test_an_edit_of_a_helper_runs_exactly_the_tasks_that_reach_it(project: Project) -> None:
    chance = random.Random(SEED)
    layout = Layout.random(chance)
    layout.write(project)
    first = project.redun("run", "wf.py", "main")
    assert eval(first.stdout) == layout.expected()
    assert names(first.ran()) == {"main", *layout.tasks}
    assert project.redun("run", "wf.py", "main").ran() == []

    reached = [helper for helper in layout.helpers if layout.reaching(helper)]
    partial = 0
    for number in range(EDITS):
        helper = reached[number % len(reached)] if number < len(STYLES) else chance.choice(layout.helpers)
        helper.value += 1 + chance.randrange(50)
        layout.write(project, comment=f"edit {number}")
        run = project.redun("run", "wf.py", "main")
        assert eval(run.stdout) == layout.expected()
        assert names(run.ran()) == layout.reaching(helper), f"after an edit of {helper.name} ({helper.style})"
        partial += 0 < len(run.ran()) < TASKS
    assert partial >= 3

    # An edit undone, and a comment, cost nothing.
    layout.write(project, comment="nothing else")
    assert project.redun("run", "wf.py", "main").ran() == []
    layout.helpers[0].value += 1
    layout.write(project)
    project.redun("run", "wf.py", "main")
    layout.helpers[0].value -= 1
    layout.write(project)
    again = project.redun("run", "wf.py", "main")
    assert again.ran() == []
    assert eval(again.stdout) == layout.expected()
