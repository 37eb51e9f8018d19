"""A scheduler used again: inside of itself, from two threads, after a forced end, with failing observers."""

from __future__ import annotations

import gc
import threading
from typing import Any

import pytest
from redun import Scheduler, task
from redun.errors import ExecutionInterrupted, SchedulerError
from redun.executors.thread import ThreadExecutor


@task(namespace="again", version="1")
def number(x: int) -> int:
    return x


def test_a_scheduler_that_runs_refuses_another_execution(scheduler: Scheduler) -> None:
    @task(namespace="again", version="1")
    def nested(x: int) -> Any:
        return scheduler.run(number(x))

    with pytest.raises(SchedulerError, match="runs one at a time"):
        scheduler.run([nested(1), nested(2)])
    assert scheduler.run(number(3)) == 3


def test_a_task_may_run_a_scheduler_of_its_own(scheduler: Scheduler) -> None:
    @task(namespace="again", version="1")
    def nested(x: int) -> Any:
        with Scheduler() as own:
            return own.run(number(x))

    assert scheduler.run([nested(x) for x in range(5)]) == list(range(5))


def test_a_given_executor_serves_the_execution_after_a_forced_end() -> None:
    release = threading.Event()
    started = threading.Semaphore(0)

    @task(namespace="again", version="1")
    def block(x: int) -> None:
        started.release()
        release.wait(30)

    with Scheduler(executors={"default": ThreadExecutor("default", {"max_workers": 2})}) as scheduler:

        def interrupt() -> None:
            started.acquire()
            started.acquire()
            scheduler.interrupt(wait=False)

        threading.Thread(target=interrupt).start()
        with pytest.raises(ExecutionInterrupted):
            scheduler.run([block(1), block(2), block(3)])
        assert scheduler.run([number(x) for x in range(10)]) == list(range(10))
        release.set()


def test_what_waits_to_run_is_dropped_on_an_interrupt_that_nobody_handles() -> None:
    ran: list[int] = []
    begun, release = threading.Event(), threading.Event()

    @task(namespace="again", version="1")
    def slow(x: int) -> None:
        ran.append(x)
        begun.set()
        release.wait(30)

    class Interrupting:
        def execution_started(self, execution: Any) -> None: ...

        def jobs(self, transitions: Any) -> None:
            if any(job.task_name == "again.slow" for job, _ in transitions):
                begun.wait(30)
                raise KeyboardInterrupt

        def execution_finished(self, execution: Any) -> None: ...

    executor = ThreadExecutor("default", {"max_workers": 1})
    with Scheduler(executors={"default": executor}, observers=[Interrupting()]) as scheduler:
        with pytest.raises(KeyboardInterrupt):
            scheduler.run([slow(x) for x in range(5)])
        release.set()
        assert scheduler.run(number(1)) == 1
    assert len(ran) == 1


def test_an_observer_that_fails_silences_nobody_else() -> None:
    class Failing:
        def execution_started(self, execution: Any) -> None:
            raise RuntimeError

        def jobs(self, transitions: Any) -> None: ...

        def execution_finished(self, execution: Any) -> None: ...

    class Counting(Failing):
        started = 0

        def execution_started(self, execution: Any) -> None:
            self.started += 1

    counting = Counting()
    with Scheduler(observers=[Failing(), counting]) as scheduler:
        scheduler.run(number(1))
    assert counting.started == 1


def test_overlapping_executions_leave_the_collector_as_it_was() -> None:
    before = gc.get_threshold()
    inside, leave = threading.Event(), threading.Event()

    @task(namespace="again", version="1")
    def wait() -> None:
        inside.set()
        leave.wait(30)

    def run() -> None:
        with Scheduler() as other:
            other.run(wait())

    first = threading.Thread(target=run)
    first.start()
    inside.wait(30)

    class Leaving:
        def execution_started(self, execution: Any) -> None: ...

        def jobs(self, transitions: Any) -> None:
            leave.set()
            first.join(30)

        def execution_finished(self, execution: Any) -> None: ...

    with Scheduler(observers=[Leaving()]) as scheduler:
        scheduler.run(number(1))
    assert gc.get_threshold() == before
