"""Schedulers with a configuration, and a witness of how many calls run at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from redun import Scheduler
from redun.config import Config

MEMORY = {"backend": {"db_uri": "sqlite:///:memory:"}}


class Crowd:
    """Counts who is inside."""

    def __init__(self) -> None:
        self.inside = 0
        self.peak = 0
        self._lock = threading.Lock()

    @contextmanager
    def enter(self, size: int = 1) -> Iterator[None]:
        with self._lock:
            self.inside += size
            self.peak = max(self.peak, self.inside)
        try:
            yield
        finally:
            with self._lock:
                self.inside -= size


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


@pytest.fixture
def make() -> Iterator[Callable[..., Scheduler]]:
    """Make a scheduler that records in memory, from the sections of a configuration."""
    made: list[Scheduler] = []

    def scheduler(sections: dict[str, dict[str, Any]] | None = None, **options: Any) -> Scheduler:
        made.append(Scheduler(Config({**MEMORY, **(sections or {})}), **options))
        return made[-1]

    yield scheduler
    for one in made:
        one.close()
