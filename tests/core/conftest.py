"""A scheduler to try things on, and a witness of what ran."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from redun import Scheduler, get_task_registry
from redun.config import Config
from redun.recorder.batch import JobStatus
from redun.scheduler.events import ExecutionView, Transition


class Witness:
    """Counts transitions by task and status."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, JobStatus]] = Counter()
        self.executions: list[ExecutionView] = []
        self.ids: list[str] = []

    def execution_started(self, execution: ExecutionView) -> None:
        pass

    def jobs(self, transitions: Sequence[Transition]) -> None:
        for job, status in transitions:
            self.counts[job.task_name, status] += 1
            self.ids.append(job.id)

    def execution_finished(self, execution: ExecutionView) -> None:
        self.executions.append(execution)

    def ran(self, task: str | None = None) -> int:
        return self._count(JobStatus.RUNNING, task)

    def cached(self, task: str | None = None) -> int:
        return self._count(JobStatus.CACHED, task)

    def failed(self, task: str | None = None) -> int:
        return self._count(JobStatus.FAILED, task)

    def reset(self) -> None:
        self.counts.clear()

    def _count(self, status: JobStatus, task: str | None) -> int:
        return sum(n for (name, s), n in self.counts.items() if s is status and task in (None, name))


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture
def scheduler(witness: Witness) -> Iterator[Scheduler]:
    """Records in memory."""
    with Scheduler(observers=[witness]) as made:
        yield made


@pytest.fixture
def reopen(tmp_path: Path, witness: Witness) -> Iterator[Callable[[], Scheduler]]:
    """Make schedulers, one after another, on one database file; the witness starts afresh with each."""
    opened: list[Scheduler] = []

    def make() -> Scheduler:
        while opened:
            opened.pop().close()
        witness.reset()
        config = Config({"backend": {"db_uri": "sqlite:///redun.db"}}, configdir=str(tmp_path))
        opened.append(Scheduler(config, observers=[witness]))
        return opened[-1]

    yield make
    while opened:
        opened.pop().close()


@pytest.fixture
def no_other_tasks() -> Iterator[None]:
    """The tasks of other tests are not there: redun remarks on their names too."""
    registry = get_task_registry()
    before = registry._tasks, registry.replaced
    registry._tasks = {name: task for name, task in before[0].items() if name.startswith("redun.")}
    registry.replaced = []
    yield
    registry._tasks, registry.replaced = before
