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
    """Counts who is inside.

    Whoever enters stays until as many as are expected were inside at a time, so that nothing depends on who is quick.
    """

    def __init__(self) -> None:
        self.inside = 0
        self.peak = 0
        self.expected = 0
        self._changed = threading.Condition()

    @contextmanager
    def enter(self, size: int = 1) -> Iterator[None]:
        with self._changed:
            self.inside += size
            self.peak = max(self.peak, self.inside)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.peak >= self.expected, 60)
        try:
            yield
        finally:
            with self._changed:
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
