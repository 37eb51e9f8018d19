"""Every public name says in its docstring what it is for, with examples that run on their own."""

from __future__ import annotations

import doctest
import inspect
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import redun.executors.registry as executors
import redun.filesystems.registry as filesystems
import redun.value.treatment as treatment

MODULES = [
    "redun",
    "redun.config",
    "redun.context",
    "redun.errors",
    "redun.executors",
    "redun.expression",
    "redun.federated_tasks",
    "redun.file",
    "redun.functools",
    "redun.handle",
    "redun.hashing",
    "redun.namespace",
    "redun.plugin",
    "redun.promise",
    "redun.scheduler",
    "redun.scripting",
    "redun.tags",
    "redun.task",
    "redun.task.typed",
    "redun.tools",
    "redun.value",
]
WITHOUT_EXAMPLES = {
    "made by the engine, which shows it to plugins and scheduler tasks": {
        *("Demand", "Frame", "Job", "SchedulerTask", "Work", "postprocess_script", "root_task"),
        *("subrun_root_task",),
    },
    "waits for a person": {"debug_task"},
    "comes from pluggy": {"hookimpl"},
    "calls a service": {"lambda_federated_task", "rest_federated_task"},
}


def public() -> dict[str, Any]:
    """Return what is public, each thing once, under its shortest full name."""
    found: dict[int, tuple[str, Any]] = {}
    for module in MODULES:
        import_module(module)
        # `redun.task` is also a function.
        home = sys.modules[module]
        for name in home.__all__:
            thing = getattr(home, name)
            found.setdefault(id(thing), (f"{module}.{name}", thing))
    return {name: thing for name, thing in found.values() if callable(thing)}


PUBLIC = public()


def is_error(thing: Any) -> bool:
    return inspect.isclass(thing) and issubclass(thing, BaseException)


EXEMPT = {name for names in WITHOUT_EXAMPLES.values() for name in names}
WITH_EXAMPLES = [
    name for name, thing in PUBLIC.items() if not is_error(thing) and name.rpartition(".")[2] not in EXEMPT
]


def test_nothing_is_exempt_in_vain() -> None:
    assert {name.rpartition(".")[2] for name in PUBLIC} >= EXEMPT


@pytest.mark.parametrize("name", PUBLIC)
def test_it_says_what_it_is_for(name: str) -> None:
    summary = (PUBLIC[name].__doc__ or "").strip().partition("\n")[0]
    assert summary.endswith((".", ":")), f"{name}: {summary!r}"


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch, no_other_tasks: None) -> Iterator[None]:
    """Executors, file systems and value types that an example registers are gone after it, like its tasks."""
    for name in ("_classes", "_filesystems"):
        monkeypatch.setattr(filesystems, name, dict(getattr(filesystems, name)))
    monkeypatch.setattr(executors, "_classes", dict(executors._classes))
    monkeypatch.setattr(treatment, "_declared", dict(treatment._declared))
    yield
    monkeypatch.undo()
    treatment.forget_types()


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgotten: None) -> ModuleType:
    """Where an example is typed: a module of its own, in which pickle finds the classes that it defines."""
    module = ModuleType("typed_from_the_documentation")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.chdir(tmp_path)
    # Examples make folders that nobody removes.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return module


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_its_examples_run(name: str, page: ModuleType) -> None:
    thing = PUBLIC[name]
    page.__dict__[name.rpartition(".")[2]] = thing
    example = doctest.DocTestParser().get_doctest(thing.__doc__ or "", {}, name, None, None)
    assert example.examples, f"{name} has no examples"
    example.globs = page.__dict__
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    assert runner.run(example, out=told.append, clear_globs=False).failed == 0, "".join(told)
