"""The scenes of tests/core/leases, played with a record in PostgreSQL."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
from redun import Scheduler
from redun.config import Config

_SCENES = Path(__file__).parents[2] / "core" / "leases"


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, _SCENES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules.setdefault(name, importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def scene() -> ModuleType:
    return sys.modules.get("lease_stage") or _load("lease_stage")


@pytest.fixture
def stage(scene: ModuleType) -> Any:
    scene.stage.__init__()
    return scene.stage


@pytest.fixture
def begin(
    record: str, scene: ModuleType, stage: Any
) -> Iterator[Callable[..., tuple[Future[Any], Any, Any]]]:
    """Evaluate an expression with a scheduler of its own; return what it comes to, its watch and the scheduler."""
    schedulers: list[Scheduler] = []
    with ThreadPoolExecutor(8) as threads:

        def begin(expr: Any, **backend: str) -> tuple[Future[Any], Any, Scheduler]:
            watch = scene.Watch()
            scheduler = Scheduler(Config({"backend": {"db_uri": record, **backend}}), observers=[watch])
            schedulers.append(scheduler)
            return threads.submit(scheduler.run, expr), watch, scheduler

        yield begin
        # Nothing is held up for ever by a test that failed.
        for event in list(stage.events.values()):
            event.set()
        stage.barrier.abort()
    for scheduler in schedulers:
        scheduler.close()


@pytest.fixture
def rows(record: str) -> Callable[..., list[tuple[Any, ...]]]:
    """Ask the record, or change it."""

    def rows(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(record) as connection:
            cursor = connection.execute(query.replace("?", "%s"), parameters)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    return rows
