"""Attempts: again by cause, delays, timeouts."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from redun import catch, task
from redun.errors import (
    ExecutionInterrupted,
    JobLostError,
    JobTimeoutError,
    SchedulerError,
    TaskDefinitionError,
)
from redun.executors.base import Completion
from redun.recorder.batch import JobStatus
from redun.scheduler.timers import Timers
from redun.task.rules import Rules

redun_namespace = "retried"


class Flaky:
    """A body that fails some times first."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.calls = 0

    def task(self, **options: Any) -> Any:
        @task(name="flaky", version="1", **{"retry_delay": 0, **options})
        def body(x: int) -> int:
            self.calls += 1
            if self.errors:
                raise self.errors.pop(0)
            return x

        return body


def test_none_by_default(make: Any) -> None:
    flaky = Flaky(ValueError("first"))
    with pytest.raises(ValueError, match="first"):
        make().run(flaky.task()(1))


def test_until_it_succeeds(make: Any) -> None:
    flaky = Flaky(ValueError(1), KeyError(2))
    assert make().run(flaky.task(retries=3)(7)) == 7
    assert flaky.calls == 3


def test_the_last_error_is_the_failure(make: Any) -> None:
    flaky = Flaky(ValueError(1), ValueError(2), ValueError(3))
    with pytest.raises(ValueError, match="2"):
        make().run(flaky.task(retries=1)(7))
    assert flaky.calls == 2


@pytest.mark.parametrize(
    ("error", "retry_on", "calls"),
    [
        (ValueError(1), "error", 2),
        (ValueError(1), ValueError, 2),
        (ValueError(1), (OSError, "error"), 2),
        (ValueError(1), ("timeout", "oom"), 1),
        (MemoryError(), "oom", 2),
        (MemoryError(), ("memory",), 2),
        (JobLostError("gone"), ["lost"], 2),
        (ValueError(1), OSError, 1),
        (ValueError(1), (), 1),
    ],
)
def test_by_cause(make: Any, error: Exception, retry_on: Any, calls: int) -> None:
    flaky = Flaky(error)
    make().run(catch(flaky.task(retries=1, retry_on=retry_on)(7), BaseException, recover))
    assert flaky.calls == calls


@task(version="1")
def recover(error: Any) -> str:
    return str(error)


def test_for_the_whole_run(make: Any) -> None:
    flaky = Flaky(ValueError(1), ValueError(2))
    settings = {"scheduler": {"retries": "2", "retry_on": "error, timeout", "retry_delay": "0"}}
    assert make(settings).run(flaky.task()(1)) == 1
    flaky = Flaky(ValueError(1))
    with pytest.raises(ValueError, match="1"):
        make(settings).run(flaky.task(retries=0)(1))


def test_options_depend_on_the_attempt(make: Any) -> None:
    seen = []

    class Recording:
        name = "recording"

        def start(self, inbox: Any) -> None:
            self.inbox = inbox

        def submit(self, works: Sequence[Any]) -> None:
            for work in works:
                seen.append(work.policy.options["memory"])
                if len(seen) < 3:
                    self.inbox.put(Completion(work, None, RuntimeError("killed"), "memory"))
                else:
                    self.inbox.done(work, "fine")

        def cancel(self) -> None: ...

        def stop(self, *, wait: bool = True) -> None: ...

    @task(
        version="1",
        executor="recording",
        memory=lambda attempt: 4 * 2**attempt,
        retries=2,
        retry_on="memory",
        retry_delay=0,
    )
    def hungry() -> str:
        return ""

    assert make(executors={"recording": Recording()}).run(hungry()) == "fine"
    assert seen == [8, 16, 32]


def test_a_function_of_the_attempt_that_fails_fails_the_call(make: Any) -> None:
    @task(version="1", memory=lambda attempt: 1 / 0)
    def hungry() -> str:
        return ""

    with pytest.raises(ZeroDivisionError):
        make().run(hungry())


def test_units_are_given_back_while_a_call_waits_for_its_next_attempt(make: Any) -> None:
    flaky = Flaky(ValueError(1))
    ended = []

    @task(version="1", limits=["db"])
    def other() -> float:
        ended.append(flaky.calls)
        return 1

    started = time.monotonic()
    make().run([flaky.task(retries=1, limits=["db"], retry_delay=0.3, retry_jitter=0)(1), other()])
    assert ended == [1]
    assert time.monotonic() - started >= 0.3


def test_arguments_are_fresh_for_each_attempt(make: Any) -> None:
    tries = []

    @task(version="1", retries=1, retry_delay=0)
    def changes(items: list[int]) -> list[int]:
        items.append(0)
        tries.append(list(items))
        if len(tries) == 1:
            raise ValueError
        return items

    assert make().run(changes([1])) == [1, 0]


def test_attempts_are_told_and_recorded(make: Any) -> None:
    told = []

    class Observer:
        def execution_started(self, execution: Any) -> None: ...

        def jobs(self, transitions: Any) -> None:
            told.extend(
                (status.name, job.attempt.number, job.attempt.most)
                for job, status in transitions
                if job.attempt
            )

        def execution_finished(self, execution: Any) -> None: ...

    flaky = Flaky(ValueError("one"), ValueError("two"))
    scheduler = make(observers=[Observer()])
    scheduler.run(flaky.task(retries=3)(1))
    assert told == [
        ("RUNNING", 1, 4),
        ("PENDING", 1, 4),
        ("RUNNING", 2, 4),
        ("PENDING", 2, 4),
        ("RUNNING", 3, 4),
    ]


def test_a_failed_run_does_not_wait_for_further_attempts(make: Any) -> None:
    flaky = Flaky(*[ValueError(n) for n in range(9)])

    @task(version="1")
    def fails() -> int:
        time.sleep(0.05)
        raise KeyError("stop")

    started = time.monotonic()
    with pytest.raises(KeyError, match="stop"):
        make().run([flaky.task(retries=5, retry_delay=30)(1), fails()])
    assert time.monotonic() - started < 10
    assert flaky.calls == 1


def test_an_interrupt_does_not_wait_for_further_attempts(make: Any) -> None:
    scheduler = make()
    waiting = threading.Event()

    @task(version="1", retries=5, retry_delay=30)
    def fails() -> int:
        waiting.set()
        raise ValueError

    def interrupt() -> None:
        waiting.wait(5)
        time.sleep(0.05)
        scheduler.interrupt()

    thread = threading.Thread(target=interrupt)
    thread.start()
    started = time.monotonic()
    with pytest.raises(ExecutionInterrupted):
        scheduler.run(fails())
    thread.join()
    assert time.monotonic() - started < 10


# Timeouts.


def test_a_timeout_fails_the_call_at_once(make: Any) -> None:
    gate = threading.Event()

    @task(version="1", timeout=0.1)
    def stuck() -> bool:
        return gate.wait(20)

    scheduler = make()
    started = time.monotonic()
    with pytest.raises(JobTimeoutError) as caught:
        scheduler.run(stuck())
    scheduler.close()
    assert time.monotonic() - started < 5
    gate.set()
    assert str(caught.value) == "Task retried.stuck took longer than its timeout of 0.1 s."


def test_an_abandoned_thread_is_replaced_and_its_result_ignored(make: Any) -> None:
    gate = threading.Event()
    calls = []

    @task(version="1", timeout=0.1, retries=1, retry_on="timeout", retry_delay=0)
    def stuck_once() -> str:
        calls.append(1)
        if len(calls) == 1:
            gate.wait(20)
            return "too late"
        return "in time"

    @task(version="1")
    def after(text: str) -> str:
        gate.set()
        time.sleep(0.05)
        return text

    scheduler = make({"executors.default": {"type": "local", "max_workers": "1"}})
    assert scheduler.run(after(stuck_once())) == "in time"
    assert scheduler.run(stuck_once()) == "in time"


def test_time_in_the_queue_of_the_executor_does_not_count(make: Any) -> None:
    @task(version="1", timeout=0.5)
    def short(n: int) -> int:
        time.sleep(0.15)
        return n

    scheduler = make({"executors.default": {"type": "local", "max_workers": "1"}})
    assert scheduler.run([short(n) for n in range(6)]) == list(range(6))


def test_an_async_body_is_cancelled(make: Any) -> None:
    ended = threading.Event()

    @task(version="1", timeout=0.1)
    async def stuck() -> int:
        try:
            await asyncio.sleep(20)
        finally:
            ended.set()
        return 1

    with pytest.raises(JobTimeoutError):
        make().run(stuck())
    assert ended.wait(5)


def test_a_script_is_ended(make: Any, tmp_path: Any) -> None:
    mark = tmp_path / "mark"

    @task(version="1", script=True, timeout=0.3)
    def slow() -> str:
        return f"sleep 2; touch {mark}"

    with pytest.raises(JobTimeoutError):
        make().run(slow())
    time.sleep(2.2)
    assert not mark.exists()


def test_another_executor_is_told_to_abandon(make: Any) -> None:
    abandoned = []

    class Silent:
        name = "silent"

        def start(self, inbox: Any) -> None: ...

        def submit(self, works: Sequence[Any]) -> None: ...

        def abandon(self, work: Any) -> None:
            abandoned.append(work.task.fullname)

        def cancel(self) -> None: ...

        def stop(self, *, wait: bool = True) -> None: ...

    @task(version="1", executor="silent", timeout=0.05, retries=1, retry_delay=0)
    def lost() -> int:
        return 1

    with pytest.raises(JobTimeoutError):
        make(executors={"silent": Silent()}).run(lost())
    assert abandoned == ["retried.lost", "retried.lost"]


# Keep going.


def test_keep_going_by_cause(make: Any) -> None:
    ran = []

    @task(version="1")
    def fails() -> int:
        raise ValueError("no")

    @task(version="1")
    def needs(x: int) -> int:
        return x

    @task(version="1")
    def step(n: int) -> Any:
        ran.append(n)
        time.sleep(0.01)
        return step(n - 1) if n else 0

    scheduler = make({"scheduler": {"keep_going": "error"}})
    with pytest.raises(ValueError, match="no"):
        scheduler.run([needs(fails()), step(5)])
    assert ran == [5, 4, 3, 2, 1, 0]
    assert scheduler.failure is not None
    assert scheduler.failure.failed_count == 1
    assert scheduler.failure.not_run == {"retried.needs": 1}
    ran.clear()
    with pytest.raises(ValueError, match="no"):
        scheduler.run([fails(), step(50)], keep_going="timeout")
    assert len(ran) < 45
    with pytest.raises(SchedulerError, match="keep_going: 'x' is neither a class of exceptions nor one of"):
        scheduler.run(fails(), keep_going="x")


# Ill-formed.


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"retries": -1}, "retries must be a non-negative integer, not -1"),
        ({"retry_on": "weather"}, "retry_on: 'weather' is neither a class of exceptions nor one of 'error'"),
        ({"retry_on": [3]}, "retry_on: 3 is neither"),
        ({"timeout": 0}, "timeout must be a positive number, not 0"),
        ({"timeout": "soon"}, "timeout must be a positive number, not 'soon'"),
        ({"retry_delay": -1}, "retry_delay must be a number that is not negative, not -1"),
        ({"retry_jitter": float("nan")}, "retry_jitter must be a number"),
    ],
)
def test_ill_formed_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TaskDefinitionError, match=message):
        Flaky().task(**options)


def test_delays_grow_to_a_bound() -> None:
    rules = Rules(retries=3000, delay=1, backoff=2)
    delays = [rules.delay_before(attempt, 0.0) for attempt in (2, 3, 10, 11, 3000)]
    assert delays == [1, 2, 256, 300, 300]
    assert Rules(delay=600).delay_before(2, 0.0) == 600
    assert rules.delay_before(2, 1.0) == 1.25


def test_timers_ring_in_order_and_forget_what_is_cancelled() -> None:
    now = 0.0
    rung = []
    timers = Timers(lambda: now)
    kept = [timers.after(10 - n, lambda n=n: rung.append(n)) for n in range(3)]  # type: ignore[misc]
    for timer in [timers.after(1, lambda: rung.append("never")) for _ in range(1000)]:
        timers.cancel(timer)
    timers.cancel(kept[1])
    assert timers.wait_s() == 8
    now = 8
    timers.ring()
    now = 20
    timers.ring()
    assert rung == [2, 0]
    assert timers.wait_s() is None
    assert JobStatus.PENDING.name == "PENDING"
