"""Evaluation that is begun in one place and joined in another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from redun import Scheduler, task
from redun.scheduler import Thread, fork_thread, join_thread

from ..conftest import Witness

redun_namespace = "thread_tests"


@task
def inc(x: int) -> int:
    return x + 1


@task
def fail(x: int) -> int:
    raise ValueError(f"no {x}")


@task
def join(thread: Any) -> Any:
    return [join_thread(thread), join_thread(thread)]


def test_a_thread_is_joined_elsewhere_any_number_of_times(scheduler: Scheduler, witness: Witness) -> None:
    @task(namespace="thread_tests")
    def main() -> Any:
        thread = fork_thread(inc.options(cache_scope="NONE")(1))
        return join(thread), join_thread(thread)

    assert scheduler.run(main()) == ([2, 2], 2)
    assert witness.ran("thread_tests.inc") == 1


def test_any_nested_value_can_be_forked(scheduler: Scheduler) -> None:
    assert scheduler.run(join(fork_thread([inc(1), {"a": inc(2) + 1}]))) == [[2, {"a": 4}]] * 2


def test_the_forking_task_goes_on(scheduler: Scheduler) -> None:
    forked = threading.Event()

    @task(namespace="thread_tests")
    def slow() -> int:
        assert forked.wait(10)
        return 1

    @task(namespace="thread_tests")
    def fork() -> Any:
        return fork_thread(slow())

    @task(namespace="thread_tests")
    def after(thread: Any) -> Any:
        forked.set()
        return join_thread(thread)

    assert scheduler.run(after(fork())) == 1


def test_a_failure_is_raised_where_it_is_joined(scheduler: Scheduler) -> None:
    with pytest.raises(ValueError, match="no 1"):
        scheduler.run(join(fork_thread(fail(1))))


def test_a_failure_of_what_nobody_joins_is_nobodys(scheduler: Scheduler, witness: Witness) -> None:
    value = scheduler.run(fork_thread(fail(1)))
    assert isinstance(value, Thread)
    assert repr(value) == "Thread(thread_tests.fail(1))"
    assert witness.failed("thread_tests.fail") == 1


def test_a_thread_of_an_earlier_execution_is_evaluated_again(
    reopen: Callable[[], Scheduler], witness: Witness
) -> None:
    @task(namespace="thread_tests")
    def fork() -> Any:
        return fork_thread(inc(3))

    @task(namespace="thread_tests", check_valid="shallow")
    def fork_whole() -> Any:
        return fork_thread(inc(3))

    assert reopen().run(join(fork())) == [4, 4]
    assert reopen().run(join(fork())) == [4, 4]
    assert witness.ran() == 0
    reopen().run(fork_whole())
    assert reopen().run(join_thread(fork_whole())) == 4
    assert witness.cached("thread_tests.fork_whole") == 1


def test_who_joins_depends_on_the_tasks_below(reopen: Callable[[], Scheduler], witness: Witness) -> None:
    def define(step: int) -> Any:
        @task(name="inner", namespace="thread_tests", version=str(step))
        def inner() -> int:
            return step

        @task(name="fork", namespace="thread_tests", version="1")
        def fork() -> Any:
            return fork_thread(inner())

        @task(name="whole", namespace="thread_tests", version="1", check_valid="shallow")
        def whole(thread: Any) -> Any:
            return join_thread(thread)

        return whole(fork())

    assert reopen().run(define(1)) == 1
    assert reopen().run(define(1)) == 1
    assert reopen().run(define(2)) == 2


def test_only_threads_can_be_joined(scheduler: Scheduler) -> None:
    with pytest.raises(TypeError, match=r"join_thread\(\) wants what fork_thread\(\) gives, not 2"):
        scheduler.run(join_thread(inc(1)))  # type: ignore[arg-type]
