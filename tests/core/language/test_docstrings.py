"""The examples in the docstrings of the language run: of functions, classes, tasks and special forms."""

from __future__ import annotations

import doctest
from importlib import import_module
from typing import Any

import pytest

MODULES = [
    "redun.expression",
    "redun.functools",
    "redun.scheduler.control",
    "redun.task.typed",
]
NAMES = [
    (module, name)
    for module in MODULES
    for name in import_module(module).__all__
    if (import_module(module).__dict__[name].__doc__ or "").count(">>>")
]
WITHOUT = {
    # Made by operators and calls, not by users; and the task at the root of an execution.
    *("ApplyExpression", "Expression", "Operation", "QuotedExpression", "SchedulerExpression"),
    *("SimpleExpression", "TaskExpression", "root_task"),
}


@pytest.mark.parametrize(("module", "name"), NAMES, ids=[name for _, name in NAMES])
def test_examples_run(module: str, name: str) -> None:
    thing: Any = import_module(module).__dict__[name]
    test = doctest.DocTestParser().get_doctest(thing.__doc__, {name: thing}, name, module, 0)
    told: list[str] = []
    assert doctest.DocTestRunner().run(test, out=told.append).failed == 0, "".join(told)


def test_every_public_name_has_examples() -> None:
    public = {name for module in MODULES for name in import_module(module).__all__}
    assert public - {name for _, name in NAMES} == WITHOUT
