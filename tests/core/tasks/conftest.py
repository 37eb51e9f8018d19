"""Schedulers to try tasks on; tasks that a test defines are gone after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redun import Scheduler
from redun.config import Config

Reopen = Callable[..., Scheduler]


@pytest.fixture(autouse=True)
def _own_tasks(no_other_tasks: None) -> None:
    pass


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    """Records in memory."""
    with Scheduler() as made:
        yield made


@pytest.fixture
def reopen(tmp_path: Path) -> Iterator[Reopen]:
    """Make schedulers, one after another, on one database file."""
    opened: list[Scheduler] = []

    def make(**scheduler: str) -> Scheduler:
        while opened:
            opened.pop().close()
        sections = {"backend": {"db_uri": "sqlite:///redun.db"}, "scheduler": scheduler}
        opened.append(Scheduler(Config(sections, configdir=str(tmp_path))))
        return opened[-1]

    yield make
    while opened:
        opened.pop().close()
