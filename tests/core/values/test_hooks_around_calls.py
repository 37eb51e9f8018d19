"""`Value.preprocess` and `Value.postprocess`: what a task is given and what it returned, in another form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from redun import Scheduler, task
from redun.value import Value

redun_namespace = "around"
ran: list[int] = []
seen: list[dict[str, Any]] = []


class Draft(Value):
    def __init__(self, number: int) -> None:
        self.number = number

    def preprocess(self, preprocess_args: dict[str, Any]) -> Draft:
        if self.number < 0:
            raise ValueError(f"{self.number} is below zero")
        return Draft(self.number + 10)

    def postprocess(self, postprocess_args: dict[str, Any]) -> Draft:
        seen.append(postprocess_args)
        return Draft(self.number + 100)


@task
def make() -> Draft:
    return Draft(1)


@task
def use(draft: Draft, times: int = 1) -> list[Draft]:
    ran.append(draft.number)
    return [draft]


@task
def main() -> list[list[Draft]]:
    return [use(make()), use(make(), 2)]


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    ran.clear()
    seen.clear()
    with Scheduler() as made:
        yield made


def test_results_and_arguments_take_another_form(scheduler: Scheduler) -> None:
    assert [draft.number for (draft,) in scheduler.run(main())] == [211, 211]
    assert ran == [111, 111]
    assert all(len(args["pre_call_hash"]) == 40 for args in seen)
    assert len(seen) == 3


def test_a_replayed_result_is_as_it_was_recorded(scheduler: Scheduler) -> None:
    scheduler.run(main())
    assert [draft.number for (draft,) in scheduler.run(main())] == [211, 211]
    assert len(ran) == 2
    assert len(seen) == 3


def test_what_is_given_makes_the_key(scheduler: Scheduler) -> None:
    scheduler.run([use(Draft(5)), use(draft=Draft(5))])
    scheduler.run(use(Draft(6)))
    assert ran == [15, 16]


def test_a_hook_that_fails_fails_the_call(scheduler: Scheduler) -> None:
    with pytest.raises(ValueError, match="-1 is below zero"):
        scheduler.run(use(Draft(-1)))
    assert scheduler.failure is not None
    assert ran == []


def test_without_overrides_a_value_stays_as_it_is() -> None:
    value = Value()
    assert value.preprocess({}) is value
    assert value.postprocess({}) is value
