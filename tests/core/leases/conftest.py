"""Several schedulers at a time on one record, in threads of one process: bodies can wait for each other's state."""

from __future__ import annotations

import importlib.util
import sqlite3
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from redun import Scheduler
from redun.config import Config


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules.setdefault(name, importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def scene() -> ModuleType:
    """The tasks and what they have in common."""
    return sys.modules.get("lease_stage") or _load("lease_stage")


@pytest.fixture
def stage(scene: ModuleType) -> Any:
    scene.stage.__init__()
    return scene.stage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "redun.db"


@pytest.fixture
def begin(path: Path, scene: ModuleType, stage: Any) -> Iterator[Callable[..., tuple[Future[Any], Any, Any]]]:
    """Evaluate an expression with a scheduler of its own; return what it comes to, its watch and the scheduler."""
    schedulers: list[Scheduler] = []
    with ThreadPoolExecutor(8) as threads:

        def begin(expr: Any, *, run: Any = (), **backend: str) -> tuple[Future[Any], Any, Scheduler]:
            watch = scene.Watch()
            options = {name: text for name, text in {"leases": "true", **backend}.items() if text}
            config = Config({"backend": {"db_uri": f"sqlite:///{path}", **options}})
            scheduler = Scheduler(config, observers=[watch])
            schedulers.append(scheduler)
            return threads.submit(scheduler.run, expr, **dict(run)), watch, scheduler

        yield begin
        # Nothing is held up for ever by a test that failed.
        for event in list(stage.events.values()):
            event.set()
        stage.barrier.abort()
    for scheduler in schedulers:
        scheduler.close()


@pytest.fixture
def rows(path: Path) -> Callable[..., list[tuple[Any, ...]]]:
    """Ask the record, or change it."""

    def rows(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(path, timeout=60)
        try:
            found = connection.execute(query, parameters).fetchall()
            connection.commit()
            return found
        finally:
            connection.close()

    return rows
