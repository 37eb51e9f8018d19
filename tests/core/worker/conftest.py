"""Workflows whose tasks run in workers that get everything through a scratch folder."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler

HERE = Path(__file__).parent


@pytest.fixture
def courier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make an executor `courier` with options; its project is this folder."""
    monkeypatch.chdir(HERE)
    monkeypatch.syspath_prepend(str(HERE))
    kind = import_module("courier").Courier
    return lambda **options: kind("courier", {"scratch": str(tmp_path / "scratch"), **options})


@pytest.fixture
def sample(courier: Any) -> Any:
    """The tasks of `sample_tasks`."""
    return import_module("sample_tasks")


@pytest.fixture
def run() -> Callable[..., Any]:
    """Run an expression with an executor."""

    def run(courier: Any, expression: Any, **options: Any) -> Any:
        with Scheduler(executors={"courier": courier}) as scheduler:
            return scheduler.run(expression, **options)

    return run
