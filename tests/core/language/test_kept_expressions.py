"""What an expression that is kept holds on to, and large values that are given to many calls."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from redun import Scheduler, catch, task
from redun.expression import quote
from redun.hashing.unevaluated import hash_concrete

redun_namespace = "kept"


class Thing:
    """Something whose passing away can be seen."""


@task(version="1")
def make() -> Thing:
    return Thing()


@task(version="1")
def wrap(value: Any) -> Any:
    return [value]


@task(version="1")
def fail(value: Any) -> Any:
    raise ValueError("no")


def recover(error: Exception) -> str:
    return str(error)


@pytest.mark.parametrize(
    "expression",
    [
        make(),
        [wrap(make())[0]],
        wrap.options(memory=1)([make()]),
        catch(wrap(value=make()), ValueError, recover),
        quote(make()).eval(),
    ],
    ids=repr,
)
def test_an_expression_lets_go_of_the_results_of_an_execution(scheduler: Scheduler, expression: Any) -> None:
    result = scheduler.run(expression)
    while isinstance(result, list):
        result = result[0]
    seen = weakref.ref(result)
    del result
    gc.collect()
    assert seen() is None


def test_an_expression_lets_go_of_a_failed_execution_and_works_again(scheduler: Scheduler) -> None:
    inner = make()
    expression = [fail(inner), inner]
    with pytest.raises(ValueError, match="no"):
        scheduler.run(expression)
    assert inner._redun_cell is None  # type: ignore[attr-defined]
    assert isinstance(scheduler.run(inner), Thing)


@task(version="1")
def length(items: Any, more: int) -> int:
    return len(items) + more


@task(version="1")
def last(items: Any, more: Any) -> Any:
    return items[-1]


def test_a_large_list_given_to_a_chain_of_calls_is_hashed_once(
    scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[int] = []
    original = hash_concrete

    def note(value: Any) -> bytes:
        hashed.extend([len(value)] if isinstance(value, list) else [])
        return original(value)

    monkeypatch.setattr("redun.scheduler.remembering.hash_concrete", note)
    big = [[number, str(number)] for number in range(1000)]
    total: Any = 0
    for _ in range(10):
        total = length(big, total)
    assert scheduler.run(total) == 10_000
    assert hashed == [1000]


def test_a_large_list_that_is_changed_meanwhile_is_hashed_anew(scheduler: Scheduler) -> None:
    shared: list[Any] = list(range(1000))

    @task(namespace="kept", version="1")
    def change(_: Any) -> int:
        shared[-1] = "changed"
        return 0

    first = last(shared, 0)
    second = last(shared, change(first))
    assert scheduler.run([first, second]) == [999, "changed"]


def test_objects_in_a_large_list_are_looked_at_each_time(scheduler: Scheduler) -> None:
    things: list[Any] = [Thing() for _ in range(300)]
    things[-1].state = "old"

    @task(namespace="kept", version="1")
    def change(_: Any) -> int:
        things[-1].state = "new"
        return 0

    @task(namespace="kept", version="1")
    def state(items: Any, _: Any) -> str:
        return str(items[-1].state)

    first = state(things, 0)
    assert scheduler.run([first, state(things, change(first))]) == ["old", "new"]


def test_calls_with_a_large_list_are_replayed(reopen: Any, witness: Any) -> None:
    @task(namespace="kept", version="1")
    def many(n: int) -> list[Any]:
        big = {number: [number] for number in range(1000)}
        return [length(big, number) for number in range(n)]

    assert reopen().run(many(20)) == [1000 + number for number in range(20)]
    assert reopen().run(many(20)) == [1000 + number for number in range(20)]
    assert witness.ran() == 0
