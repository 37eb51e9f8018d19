"""Warnings before a run: names that may be taken for others."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from redun import Scheduler

Reopen = Callable[..., Scheduler]
MODULE = "from redun import task\n\n@task({options})\ndef {name}() -> str:\n    return {module!r}\n"


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ModuleType]:
    def load(module: str, name: str = "step", options: str = "") -> ModuleType:
        path = tmp_path / f"{module}.py"
        path.write_text(MODULE.format(module=module, name=name, options=options))
        spec = importlib.util.spec_from_file_location(module, path)
        assert spec is not None
        assert spec.loader is not None
        made = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, module, made)
        spec.loader.exec_module(made)
        return made

    return load


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "redun"]


def test_tasks_without_a_namespace(
    load: Callable[..., ModuleType], reopen: Reopen, caplog: pytest.LogCaptureFixture
) -> None:
    bare = load("bare", "naked_step")
    scheduler = reopen()
    scheduler.run(bare.naked_step())
    scheduler.run(bare.naked_step())
    (line,) = warnings(caplog)
    assert line.startswith("Tasks without a namespace: ")
    assert "naked_step" in line
    assert "[scheduler] ignore_warnings = namespace" in line
    caplog.clear()
    reopen(ignore_warnings="namespace").run(bare.naked_step())
    assert warnings(caplog) == []


def test_two_files_define_one_name(
    load: Callable[..., ModuleType], reopen: Reopen, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    first = load("first", options="namespace='twins'")
    second = load("second", options="namespace='twins'")
    assert reopen(ignore_warnings="namespace").run([first.step(), second.step()]) == ["first", "second"]
    assert warnings(caplog) == [
        f"Two tasks are named twins.step: that of {tmp_path}/second.py:3 takes the place of that of "
        f"{tmp_path}/first.py:3. Give one of them another name or namespace."
    ]
    caplog.clear()
    reopen(ignore_warnings="namespace, duplicates").run(first.step())
    assert warnings(caplog) == []


def test_a_module_that_is_loaded_again(
    load: Callable[..., ModuleType], reopen: Reopen, caplog: pytest.LogCaptureFixture
) -> None:
    load("again", options="namespace='again'")
    module = load("again", options="namespace='again'")
    assert reopen(ignore_warnings="namespace").run(module.step()) == "again"
    assert warnings(caplog) == []
