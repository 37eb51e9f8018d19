"""Contexts and the cache: nothing computed in one context is taken for the result in another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from redun import Scheduler, catch, get_context, task

Reopen = Callable[[], Scheduler]


@task(namespace="context_replay", version="1")
def leaf(x: int, factor: int = get_context("factor", 1)) -> int:
    return factor * x


@task(namespace="context_replay", version="1")
def body(x: int) -> Any:
    return leaf(x)


@task(namespace="context_replay", version="1", check_valid="shallow")
def whole(x: int) -> Any:
    return body(x)


@task(namespace="context_replay", version="1", check_valid="shallow")
def plain(x: int) -> Any:
    return leaf(x, 1)


@task(namespace="context_replay", version="1", check_valid="shallow")
def only_reads() -> Any:
    return get_context("factor", 1)


@task(namespace="context_replay", version="1")
def several(calls: list[Any]) -> Any:
    return [whole.update_context(factor=n)(3) for n in calls]


@pytest.mark.parametrize("call", [body(2), whole(2)])
def test_each_context_has_its_own_result(call: Any, reopen: Reopen) -> None:
    for context, expected in [
        ({}, 2),
        ({"factor": 5}, 10),
        ({}, 2),
        ({"factor": 7}, 14),
        ({"factor": 5}, 10),
    ]:
        assert reopen().run(call, context=context) == expected


def test_bodies_are_replayed_in_any_context(reopen: Reopen, witness: Any) -> None:
    reopen().run(body(2))
    assert reopen().run(body(2), context={"factor": 3}) == 6
    assert witness.ran("context_replay.body") == 0
    assert witness.ran("context_replay.leaf") == 1


def test_whole_calls_are_replayed_in_the_context_they_read(reopen: Reopen, witness: Any) -> None:
    reopen().run(whole(2), context={"factor": 3, "other": 1})
    assert reopen().run(whole(2), context={"other": 1, "factor": 3}) == 6
    assert witness.cached() == 1
    assert witness.ran() == 0
    # Nested in a call that has no context of its own.
    reopen().run(several([3]))
    assert reopen().run(several([3])) == [9]
    assert witness.cached("context_replay.whole") == 1
    assert witness.cached("context_replay.body") == 0


def test_whole_calls_that_read_no_context_are_replayed_in_any(reopen: Reopen, witness: Any) -> None:
    reopen().run(plain(2))
    assert reopen().run(plain(2), context={"factor": 3}) == 2
    assert (witness.ran(), witness.cached()) == (0, 1)


def test_a_whole_call_that_only_reads(reopen: Reopen, witness: Any) -> None:
    for context, expected in [({}, 1), ({"factor": 2}, 2), ({"factor": None}, None), ({}, 1)]:
        assert reopen().run(only_reads(), context=context) == expected
    assert (witness.ran(), witness.cached()) == (0, 1)


def test_a_replayed_call_passes_its_guard_on(reopen: Reopen) -> None:
    @task(namespace="context_replay", version="1", check_valid="shallow")
    def above(x: int) -> Any:
        return whole(x)

    # `whole` is replayed while `above` is new: `above` must know that the context was read below.
    reopen().run(whole(4), context={"factor": 2})
    assert reopen().run(above(4), context={"factor": 2}) == 8
    assert reopen().run(above(4)) == 4
    assert reopen().run(above(4), context={"factor": 3}) == 12


def test_equal_calls_in_one_execution(scheduler: Scheduler, witness: Any) -> None:
    calls = [body(2), body.update_context(factor=2)(2), body.update_context({"factor": 2})(2), body(2)]
    assert scheduler.run(calls) == [2, 4, 4, 2]
    assert witness.ran("context_replay.leaf") == 2
    assert scheduler.run(several([1, 2, 3, 2, 1])) == [3, 6, 9, 6, 3]


def test_calls_that_join_pass_on_that_the_context_was_read(reopen: Reopen) -> None:
    @task(namespace="context_replay", version="1", check_valid="shallow")
    def joining(x: int) -> Any:
        return body(x)

    assert reopen().run([body(5), joining(5)], context={"factor": 2}) == [10, 10]
    assert reopen().run(joining(5)) == 5


def test_a_recovery_does_not_outlive_its_context(reopen: Reopen) -> None:
    @task(namespace="context_replay", version="1")
    def inverse(divisor: int = get_context("divisor")) -> float:
        return 1 / divisor

    @task(namespace="context_replay", version="1")
    def recover(error: Exception) -> str:
        return "recovered"

    @task(namespace="context_replay", version="1", check_valid="shallow")
    def safe() -> Any:
        return catch(inverse(), ZeroDivisionError, recover)

    for context, expected in [
        ({"divisor": 0}, "recovered"),
        ({"divisor": 2}, 0.5),
        ({"divisor": 0}, "recovered"),
    ]:
        assert reopen().run(safe(), context=context) == expected


def test_contexts_are_equal_whatever_their_order(scheduler: Scheduler, witness: Any) -> None:
    first = body.update_context({"factor": 2, "a": {"x": 1, "y": 2}})
    second = body.update_context({"a": {"y": 2, "x": 1}, "factor": 2})
    assert scheduler.run([first(1), second(1)]) == [2, 2]
    assert witness.ran("context_replay.body") == 1
