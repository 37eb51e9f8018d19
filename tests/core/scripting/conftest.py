"""Schedulers in a folder of their own, and what ran in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from redun import Scheduler
from redun.config import Config
from redun.recorder.batch import JobStatus
from redun.scheduler.events import ExecutionView, Transition


class Ran:
    """Counts the jobs that ran and were cached, by task."""

    def __init__(self) -> None:
        self.jobs_run: Counter[str] = Counter()

    def execution_started(self, execution: ExecutionView) -> None:
        self.jobs_run.clear()

    def jobs(self, transitions: Sequence[Transition]) -> None:
        self.jobs_run.update(job.task_name for job, status in transitions if status is JobStatus.RUNNING)

    def execution_finished(self, execution: ExecutionView) -> None:
        pass


@pytest.fixture
def ran() -> Ran:
    return Ran()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with nothing in it, and one for temporary files beside it."""
    here, temporary = tmp_path / "here", tmp_path / "tmp"
    here.mkdir()
    temporary.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    return here


@pytest.fixture
def scheduler(ran: Ran, folder: Path) -> Iterator[Scheduler]:
    with Scheduler(observers=[ran]) as made:
        yield made
    # Neither scripts nor their folders stay behind.
    assert not list((folder.parent / "tmp").iterdir())


@pytest.fixture
def reopen(folder: Path, ran: Ran) -> Iterator[Callable[[], Scheduler]]:
    """Make schedulers, one after another, on one database file."""
    opened: list[Scheduler] = []

    def make() -> Scheduler:
        while opened:
            opened.pop().close()
        config = Config({"backend": {"db_uri": "sqlite:///redun.db"}}, configdir=str(folder.parent))
        opened.append(Scheduler(config, observers=[ran]))
        return opened[-1]

    yield make
    while opened:
        opened.pop().close()
