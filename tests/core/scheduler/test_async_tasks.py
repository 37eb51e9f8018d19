"""Async tasks: bodies that await expressions."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, cond, task
from redun.config import Config
from redun.errors import (
    ExecutionInterrupted,
    ExecutorError,
    ExpressionError,
    SchedulerError,
    TaskDefinitionError,
)
from redun.executors.base import Inbox, Work

from ..conftest import Witness

redun_namespace = "async_tests"


@task
def add(a: int, b: int) -> int:
    return a + b


@task
def fail(text: str) -> int:
    raise KeyError(text)


@task
async def chain(n: int) -> Any:
    total = 0
    for i in range(n):
        total = await add(total, i)
    return total


def test_a_body_awaits_one_expression_after_another(scheduler: Scheduler, witness: Witness) -> None:
    assert scheduler.run(chain(5)) == 10
    assert witness.ran("async_tests.add") == 5
    assert chain.is_async()
    assert not add.is_async()


def test_gather_runs_what_is_awaited_side_by_side(scheduler: Scheduler) -> None:
    barrier = threading.Barrier(3, timeout=10)

    @task(namespace="async_tests")
    def meet(x: int) -> int:
        barrier.wait()
        return x

    @task(namespace="async_tests")
    async def gather() -> Any:
        async def one(x: int) -> Any:
            return await meet(x)  # type: ignore[misc]

        # An expression can be given to gather itself, too.
        return await asyncio.gather(one(1), one(2), meet(3))  # type: ignore[call-overload]

    assert scheduler.run(gather()) == [1, 2, 3]


def test_operators_and_lazy_results_can_be_awaited(scheduler: Scheduler) -> None:
    @task(namespace="async_tests")
    def pair() -> list[Any]:
        return [add(1, 1), add(2, 2)]

    @task(namespace="async_tests")
    async def simple() -> Any:
        lazy: Any = pair()
        return await (lazy[0] + 10), await lazy

    assert scheduler.run(simple()) == (12, [2, 4])


def test_special_forms_can_be_awaited(scheduler: Scheduler) -> None:
    @task(namespace="async_tests")
    async def chooses() -> Any:
        return await cond(add(0, 0), fail("never"), add(1, 1))  # type: ignore[misc]

    assert scheduler.run(chooses()) == 2


def test_what_bodies_print_is_kept_apart(tmp_path: Path) -> None:
    @task(namespace="async_tests")
    async def speak(text: str) -> int:
        print("before", text)
        await add(1, len(text))  # type: ignore[misc]
        print("after", text)
        return 1

    config = Config({"backend": {"db_uri": "sqlite:///redun.db"}}, configdir=tmp_path)
    with Scheduler(config) as scheduler:
        scheduler.run([speak("a"), speak("b")])
    connection = sqlite3.connect(tmp_path / "redun.db")
    texts = {row[0] for row in connection.execute("SELECT text FROM output")}
    connection.close()
    assert texts == {"before a\nafter a\n", "before b\nafter b\n"}


def test_errors_are_raised_at_the_await_and_can_be_caught(scheduler: Scheduler) -> None:
    @task(namespace="async_tests")
    async def recovers() -> Any:
        try:
            return await fail("secret")  # type: ignore[misc]
        except KeyError as error:
            return f"caught {error.args[0]}"

    assert scheduler.run(recovers()) == "caught secret"


def test_an_uncaught_error_names_the_task_that_raised_it(scheduler: Scheduler) -> None:
    @task(namespace="async_tests")
    async def passes_on() -> Any:
        return await fail("secret")  # type: ignore[misc]

    with pytest.raises(KeyError, match="secret"):
        scheduler.run(passes_on())
    assert scheduler.failure is not None
    assert [frame.task_name for frame in scheduler.failure.frames] == [
        "async_tests.passes_on",
        "async_tests.fail",
    ]


def test_even_a_stop_iteration_reaches_the_body(scheduler: Scheduler) -> None:
    @task(namespace="async_tests")
    def stops() -> int:
        raise StopIteration(3)

    @task(namespace="async_tests")
    async def awaits() -> Any:
        return await stops()  # type: ignore[misc]

    with pytest.raises(RuntimeError, match=r"awaited raised StopIteration\(3\)"):
        scheduler.run(awaits())


def test_a_result_may_hold_expressions(scheduler: Scheduler) -> None:
    @task(namespace="async_tests")
    async def lazy_result() -> Any:
        one = await add(0, 1)  # type: ignore[misc]
        return {"one": one, "two": add(one, 1), "chain": chain(3)}

    assert scheduler.run(lazy_result()) == {"one": 1, "two": 2, "chain": 3}


def test_what_a_body_does_to_a_value_is_its_own_affair(scheduler: Scheduler) -> None:
    @task(namespace="async_tests")
    def numbers() -> list[int]:
        return [1, 2]

    @task(namespace="async_tests")
    async def appends() -> Any:
        mine = await numbers()  # type: ignore[misc]
        mine.append(3)
        return await numbers(), mine  # type: ignore[misc]

    assert scheduler.run(appends()) == ([1, 2], [1, 2, 3])


def test_thousands_at_once(scheduler: Scheduler) -> None:
    @task(namespace="async_tests")
    async def one(i: int) -> Any:
        return await add(i, 1)  # type: ignore[misc]

    @task(namespace="async_tests")
    async def many(n: int) -> Any:
        return sum(await asyncio.gather(*[one(i) for i in range(n)]))

    assert scheduler.run(many(1500)) == sum(range(1501))


# Caching.


def test_an_async_task_is_replayed_as_a_whole(reopen: Callable[[], Scheduler], witness: Witness) -> None:
    assert reopen().run(chain(4)) == 6
    assert reopen().run(chain(4)) == 6
    assert (witness.ran(), witness.cached()) == (0, 1)


def test_an_async_task_runs_again_when_code_below_changes(
    reopen: Callable[[], Scheduler], witness: Witness
) -> None:
    def define(step: int) -> Any:
        if step == 1:

            @task(name="inner", namespace="async_tests")
            def inner() -> int:
                return 1
        else:

            @task(name="inner", namespace="async_tests")
            def inner() -> int:
                return 2

        @task(name="outer", namespace="async_tests", version="1")
        async def outer() -> Any:
            return await inner()  # type: ignore[misc]

        return outer

    assert reopen().run(define(1)()) == 1
    assert reopen().run(define(2)()) == 2
    assert witness.ran("async_tests.outer") == 1


def test_cache_off_runs_the_body_each_time(reopen: Callable[[], Scheduler], witness: Witness) -> None:
    @task(namespace="async_tests", cache=False)
    async def uncached() -> Any:
        return await add(1, 2)  # type: ignore[misc]

    assert reopen().run(uncached()) == 3
    assert reopen().run(uncached()) == 3
    assert witness.ran("async_tests.uncached") == 1
    assert witness.cached("async_tests.add") == 1


def test_cache_on_alone_is_no_error() -> None:
    @task(namespace="async_tests", cache=True)
    async def plain() -> int:
        return 1

    with Scheduler() as scheduler:
        assert scheduler.run(plain()) == 1


def test_full_checking_is_refused_where_it_is_written() -> None:
    with pytest.raises(TaskDefinitionError, match="async task cannot have check_valid='full'"):

        @task(namespace="async_tests", check_valid="full")
        async def full() -> int:
            return 1

    with pytest.raises(TaskDefinitionError, match="Leave check_valid out"):
        chain.options(check_valid="full")


# Where it does not work.


def test_await_outside_of_a_task_says_what_to_do() -> None:
    async def main() -> Any:
        return await add(1, 2)  # type: ignore[misc]

    with pytest.raises(ExpressionError, match=r"Cannot await the lazy value async_tests.add\(1, 2\) here"):
        asyncio.run(main())


def test_await_in_a_loop_of_an_ordinary_task_says_the_same(scheduler: Scheduler) -> None:
    @task(namespace="async_tests")
    def ordinary() -> Any:
        async def main() -> Any:
            return await add(1, 2)  # type: ignore[misc]

        return asyncio.run(main())

    with pytest.raises(ExpressionError, match="only the body of an async task"):
        scheduler.run(ordinary())


def test_await_after_the_body_has_returned(scheduler: Scheduler) -> None:
    told: list[str] = []

    @task(namespace="async_tests")
    async def leaves() -> int:
        async def late() -> None:
            await asyncio.sleep(0.05)
            try:
                await add(100, 1)  # type: ignore[misc]
            except ExpressionError as error:
                told.append(str(error))

        left.append(asyncio.ensure_future(late()))
        return 1

    @task(namespace="async_tests")
    def slow() -> int:
        time.sleep(0.4)
        return 1

    left: list[Any] = []
    scheduler.run([leaves(), slow()])
    assert told == ["Cannot await async_tests.add(100, 1): the call of async_tests.leaves has ended."]


def test_what_a_body_leaves_behind_is_cancelled(scheduler: Scheduler) -> None:
    told: list[str] = []
    left: list[Any] = []

    @task(namespace="async_tests")
    def slow() -> int:
        time.sleep(0.3)
        return 1

    @task(namespace="async_tests", retries=1)
    async def leaves() -> int:
        async def behind() -> None:
            try:
                await slow()  # type: ignore[misc]
            except asyncio.CancelledError:
                told.append("cancelled")
                raise

        left.append(asyncio.ensure_future(behind()))
        await asyncio.sleep(0.1)
        return 1

    assert scheduler.run(leaves()) == 1
    assert told == ["cancelled"]


def test_a_call_that_awaits_itself(scheduler: Scheduler) -> None:
    @task(namespace="async_tests")
    async def selfish(x: int) -> Any:
        return await through(x)  # type: ignore[misc]

    @task(namespace="async_tests")
    def through(x: int) -> Any:
        return [selfish(x)]

    with pytest.raises(SchedulerError, match=r"selfish waits for itself.*selfish → .*through → .*selfish"):
        scheduler.run(selfish(1))


def test_calls_that_await_each_other(scheduler: Scheduler) -> None:
    @task(namespace="async_tests")
    async def ping(x: int) -> Any:
        return await pong(x)  # type: ignore[misc]

    @task(namespace="async_tests")
    async def pong(x: int) -> Any:
        return await ping(x)  # type: ignore[misc]

    with pytest.raises(SchedulerError, match="waits for itself"):
        scheduler.run([ping(1), pong(1)])


def test_a_cycle_can_be_recovered_from(scheduler: Scheduler) -> None:
    @task(namespace="async_tests")
    async def wary(x: int) -> Any:
        try:
            return await wary(x)
        except SchedulerError:
            return "recovered"

    assert scheduler.run(wary(1)) == "recovered"


def test_an_executor_without_an_event_loop_is_named() -> None:
    class Plain:
        name = "plain"

        def start(self, inbox: Inbox) -> None: ...

        def submit(self, works: Sequence[Work]) -> None:
            raise AssertionError

        def cancel(self) -> None: ...

        def stop(self, *, wait: bool = True) -> None: ...

    with (
        Scheduler(executors={"plain": Plain()}) as scheduler,
        pytest.raises(ExecutorError, match=r"'plain' cannot run async tasks, and async_tests\.chain is one"),
    ):
        scheduler.run(chain.options(executor="plain")(2))


# The end.


def test_after_a_failure_nothing_hangs(scheduler: Scheduler, witness: Witness) -> None:
    started = threading.Event()

    @task(namespace="async_tests")
    async def waits() -> Any:
        started.set()
        await slow()  # type: ignore[misc]
        return await add(7, 7)  # type: ignore[misc]

    @task(namespace="async_tests")
    def slow() -> int:
        time.sleep(0.2)
        return 1

    @task(namespace="async_tests")
    def fails() -> int:
        started.wait(10)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        scheduler.run([waits(), fails()])
    assert witness.ran("async_tests.add") == 0
    # The scheduler is as good as new.
    assert scheduler.run(chain(3)) == 3


def test_an_interrupt_cancels_bodies_that_wait(scheduler: Scheduler) -> None:
    seen: list[str] = []

    @task(namespace="async_tests")
    async def stubborn() -> Any:
        try:
            return await slow()  # type: ignore[misc]
        except asyncio.CancelledError:
            seen.append("cancelled")
            return "never recorded"

    @task(namespace="async_tests")
    def slow() -> int:
        scheduler.interrupt(2)
        time.sleep(0.1)
        return 1

    with pytest.raises(ExecutionInterrupted):
        scheduler.run(stubborn())
    assert seen == ["cancelled"]
    assert scheduler.run(stubborn()) == 1


def test_a_time_limit_of_the_body_works(scheduler: Scheduler) -> None:
    release = threading.Event()

    @task(namespace="async_tests")
    def slow() -> int:
        release.wait(10)
        return 1

    @task(namespace="async_tests")
    async def impatient() -> Any:
        try:
            await asyncio.wait_for(slow(), 0.05)  # type: ignore[arg-type]
        except TimeoutError:
            release.set()
            return "too slow"

    assert scheduler.run(impatient()) == "too slow"


_SCRIPT = """
import asyncio, sys
from redun import Scheduler, task
@task
def boom(): raise ValueError("no")
@task
def slow():
    import time; time.sleep(0.1); return 1
@task
async def one(x): return await slow()
@task
async def main():
    return await asyncio.gather(one(1), boom(), one(2))
with Scheduler() as scheduler:
    try:
        scheduler.run(main())
    except ValueError as error:
        print("caught", error)
"""


def test_no_warnings_are_left_behind(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT)
    done = subprocess.run(
        [sys.executable, "-W", "always", str(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("caught no\n", "", 0)


def test_asyncio_is_imported_only_for_async_tasks() -> None:
    script = (
        "import sys\nfrom redun import Scheduler, task\n@task\ndef f(): return 1\n"
        "with Scheduler() as s: s.run(f())\nprint('asyncio' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
