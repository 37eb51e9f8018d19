"""Scheduler tasks and promises."""

from __future__ import annotations

from typing import Any

import pytest
from redun import Scheduler, task
from redun.errors import ArgumentError, SchedulerError, TaskDefinitionError
from redun.promise import Promise, wait_promises
from redun.scheduler import scheduler_task
from redun.task import SchedulerTask
from redun.task import scheduler_task as scheduler_task_of_task

from ..conftest import Witness

redun_namespace = "scheduler_task_tests"


@task
def inc(x: int) -> int:
    return x + 1


@task
def fail(x: int) -> int:
    raise ValueError(f"no {x}")


@scheduler_task()
def attempt(scheduler: Any, parent_job: Any, sexpr: Any, expr: Any, instead: Any) -> Promise[Any]:
    return scheduler.evaluate(expr, parent_job=parent_job).catch(  # type: ignore[no-any-return]
        lambda error: scheduler.evaluate(instead)
    )


@scheduler_task()
def both(scheduler: Any, parent_job: Any, sexpr: Any, left: Any, *, right: Any) -> Promise[Any]:
    return Promise.all([scheduler.evaluate(left), scheduler.evaluate(right)])


def test_a_body_evaluates_what_it_likes(scheduler: Scheduler, witness: Witness) -> None:
    assert scheduler.run(attempt(inc(1), fail(1))) == 2
    assert witness.ran("scheduler_task_tests.fail") == 0
    assert scheduler.run(attempt(fail(1), [inc(5)])) == [6]
    assert scheduler.run(both(inc(1), right={"x": inc(2)})) == [2, {"x": 3}]


def test_it_makes_no_job_and_is_the_same_under_both_names(scheduler: Scheduler, witness: Witness) -> None:
    scheduler.run(attempt(inc(1), fail(1)))
    assert witness.ran("scheduler_task_tests.attempt") == 0
    assert scheduler_task is scheduler_task_of_task
    assert isinstance(attempt, SchedulerTask)
    assert (attempt.fullname, attempt.version) == ("scheduler_task_tests.attempt", "1")


def test_its_value_is_lazy_like_any_other(scheduler: Scheduler) -> None:
    @task(namespace="scheduler_task_tests")
    def main() -> Any:
        return inc(both(inc(1), right=inc(2))[1])

    assert scheduler.run(main()) == 4


def test_the_body_sees_the_calling_job(scheduler: Scheduler) -> None:
    seen: list[Any] = []

    @scheduler_task(namespace="scheduler_task_tests")
    def look(scheduler: Any, parent_job: Any, sexpr: Any, x: int) -> Promise[int]:
        seen.append(
            (
                parent_job.task.name,
                parent_job.get_option("memory"),
                parent_job.get_option("vcpus", 3),
                repr(sexpr),
            )
        )
        seen.append(parent_job.parent_job.task.name)
        seen.append(parent_job.id.partition(".")[2])
        seen.append(scheduler.config["backend"]["db_uri"])
        return Promise(lambda resolve, reject: resolve(x))

    @task(namespace="scheduler_task_tests", memory=4)
    def caller() -> Any:
        return look(7)

    assert scheduler.run([caller()]) == [7]
    assert seen == [
        ("caller", 4, 3, "scheduler_task_tests.look(7)"),
        "root_task",
        "2",
        "sqlite:///:memory:",
    ]


def test_a_promise_of_an_expression_is_a_promise_of_its_value(scheduler: Scheduler) -> None:
    @scheduler_task(namespace="scheduler_task_tests")
    def lazy(scheduler: Any, parent_job: Any, sexpr: Any) -> Promise[int]:
        return Promise(lambda resolve, reject: resolve(inc(1)))

    assert scheduler.run(lazy()) == 2


def test_an_error_comes_out_and_names_the_task_that_failed(scheduler: Scheduler) -> None:
    with pytest.raises(ValueError, match="no 4"):
        scheduler.run(both(inc(1), right=fail(4)))
    assert scheduler.failure is not None
    assert scheduler.failure.frames[-1].task_name == "scheduler_task_tests.fail"


def test_an_error_of_the_body_itself(scheduler: Scheduler) -> None:
    @scheduler_task(namespace="scheduler_task_tests")
    def broken(scheduler: Any, parent_job: Any, sexpr: Any) -> Promise[int]:
        raise KeyError("own")

    with pytest.raises(KeyError, match="own"):
        scheduler.run(broken())


def test_what_is_no_promise_is_refused(scheduler: Scheduler) -> None:
    @scheduler_task(namespace="scheduler_task_tests")
    def wrong(scheduler: Any, parent_job: Any, sexpr: Any) -> Any:
        return 1

    with pytest.raises(SchedulerError, match=r"wrong must return a Promise.*not int"):
        scheduler.run(wrong())


def test_a_promise_that_nobody_keeps_ends_the_run(scheduler: Scheduler) -> None:
    @scheduler_task(namespace="scheduler_task_tests")
    def never(scheduler: Any, parent_job: Any, sexpr: Any) -> Promise[int]:
        scheduler.evaluate(inc(1))
        return Promise()

    with pytest.raises(
        SchedulerError, match=r"never returned a promise that is neither fulfilled nor rejected"
    ):
        scheduler.run(never())


def test_calls_are_checked_against_the_own_arguments() -> None:
    with pytest.raises(ArgumentError, match=r"attempt\(expr.*instead.*\).*: missing a required argument"):
        attempt(1)


def test_the_first_three_parameters_are_wanted() -> None:
    with pytest.raises(
        TaskDefinitionError, match=r"must take \(scheduler, parent_job, sexpr\).*takes \(x.*\)"
    ):

        @scheduler_task(namespace="scheduler_task_tests")
        def short(x: Any) -> Promise[int]:
            return Promise()


# Promises.


def test_long_chains_of_promises_do_not_recurse() -> None:
    first: Promise[int] = Promise()
    last: Promise[Any] = first
    for _ in range(20_000):
        last = last.then(lambda value: value + 1)
    first.do_resolve(0)
    assert last.value == 20_000


def test_outcomes_of_promises() -> None:
    promise: Promise[int] = Promise()
    with pytest.raises(ValueError, match="no value yet"):
        _ = promise.value
    with pytest.raises(ValueError, match="not rejected"):
        _ = promise.error
    promise.do_reject(KeyError("k"))
    promise.do_resolve(1)
    assert isinstance(promise.error, KeyError)
    with pytest.raises(KeyError):
        _ = promise.value
    assert promise.catch(lambda error: "caught").value == "caught"
    assert isinstance(promise.then(lambda value: value).error, KeyError)


def test_a_promise_follows_another_but_never_itself() -> None:
    outer: Promise[int] = Promise()
    inner: Promise[int] = Promise()
    outer.do_resolve(inner)
    assert outer.is_pending
    inner.do_resolve(3)
    assert (outer.value, outer.is_fulfilled) == (3, True)
    circular: Promise[Any] = Promise()
    circular.do_resolve(circular)
    assert "cannot wait for itself" in str(circular.error)


def test_all_and_wait() -> None:
    assert Promise.all([]).value == []
    good: Promise[int] = Promise()
    bad: Promise[int] = Promise(lambda resolve, reject: 1 / 0)  # type: ignore[arg-type]
    both_of_them = wait_promises([good, bad])
    first_error = Promise.all([good, bad])
    assert isinstance(first_error.error, ZeroDivisionError)
    good.do_resolve(1)
    assert [each.is_rejected for each in both_of_them.value] == [False, True]
