"""Capacities of executors that say what a call takes of them unless it says so itself."""

from __future__ import annotations

import time
from typing import Any

import pytest
from redun import LocalExecutor, Scheduler, task
from redun.errors import JobMemoryError, SchedulerError
from redun.executors.base import Completion
from redun.executors.capacities import Capacities


class Roomy(LocalExecutor):
    """Gives each call 4 GB, and has 10."""

    def capacities(self) -> Capacities:
        return Capacities({"memory": 10.0}, unsaid={"memory": 4.0}, spelled={"memory": "max_memory"})


@pytest.fixture
def scheduler() -> Scheduler:
    return Scheduler(executors={"roomy": Roomy("roomy")})


def test_a_call_takes_what_the_executor_says(scheduler: Scheduler, crowd: Any) -> None:
    @task(version="1", namespace="roomy", executor="roomy")
    def one(n: int) -> int:
        with crowd.enter():
            time.sleep(0.005)
            return n

    crowd.expected = 2
    assert scheduler.run([one(n) for n in range(6)]) == list(range(6))
    assert crowd.peak == 2


def test_the_option_that_holds_a_capacity_is_named(scheduler: Scheduler) -> None:
    @task(version="1", namespace="roomy", executor="roomy", memory=16)
    def much() -> int:
        return 1

    with pytest.raises(SchedulerError) as caught:
        scheduler.run(much())
    assert str(caught.value) == (
        "Task roomy.much asks for 16 GB of memory, and executor 'roomy' has 10. "
        "Ask for less, or raise max_memory in [executors.roomy]."
    )


def test_an_executor_says_that_memory_ran_out_by_its_error() -> None:
    class Small(LocalExecutor):
        tries = 0

        def submit(self, works: Any) -> None:
            for work in works:
                self.tries += 1
                assert self._inbox is not None
                self._inbox.put(Completion(work, None, JobMemoryError("too little"), "error"))

    @task(version="1", namespace="roomy", executor="small", retries=1, retry_on="memory")
    def much() -> int:
        return 1

    executor = Small("small")
    with pytest.raises(MemoryError, match="too little"):
        Scheduler(executors={"small": executor}).run(much())
    assert executor.tries == 2
