"""Functions that share one task name: each call means the function that it was made with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redun import Scheduler, task

Reopen = Callable[[], Scheduler]


def adding(amount: int) -> Any:
    @task(namespace="names")
    def add(x: int) -> int:
        return x + amount

    return add


@task(namespace="names", version="1")
def through(amount: int) -> Any:
    return adding(amount)(1)


@task(namespace="names", version="1")
def both() -> Any:
    return [adding(10)(1), adding(20)(1)]


def test_tasks_made_by_a_function_keep_the_values_they_were_made_with(reopen: Reopen, witness: Any) -> None:
    for _ in range(3):
        assert reopen().run([through(10), through(20), both()]) == [11, 21, [11, 21]]
    assert witness.ran("names.add") == 0


def test_a_name_defined_twice_means_either_function(reopen: Reopen, witness: Any) -> None:
    """As when two modules without a namespace both define a task `load`."""

    @task(namespace="names")
    def load() -> str:
        return "first"

    first = load

    @task(namespace="names")
    def use_first() -> Any:
        return [first()]

    @task(namespace="names")  # type: ignore[no-redef]
    def load() -> str:
        return "second"

    second = load

    @task(namespace="names")
    def use_second() -> Any:
        return [second()]

    for _ in range(2):
        assert reopen().run([use_first(), use_second()]) == [["first"], ["second"]]
    assert witness.ran("names.use_second") == 0
    assert witness.ran("names.load") == 0
