"""What the tests have in common."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from redun import Scheduler
from redun.executors import Work
from redun.executors.thread import ThreadExecutor

pytest_plugins = ["redun.pytest"]


class Cluster(ThreadExecutor):
    """Takes the cluster's place: runs calls here, and remembers what it was given."""

    def __init__(self) -> None:
        super().__init__("cluster")
        self.submitted: list[str] = []
        self.memory: set[float] = set()

    def submit(self, works: Sequence[Work]) -> None:
        for work in works:
            self.submitted.append(work.task.name)
            self.memory.add(work.policy.options["memory"])
        super().submit(works)


@pytest.fixture
def cluster(scheduler: Scheduler) -> Cluster:
    """The executor that the scheduler of the test uses for `executor="cluster"`."""
    executor = Cluster()
    scheduler.add_executor(executor)
    return executor
