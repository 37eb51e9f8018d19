"""Decorators around tasks."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from redun import Scheduler, get_task_registry, task
from redun.errors import TaskDefinitionError
from redun.task import Task, wraps_task

Reopen = Callable[..., Scheduler]


def twice(**options: Any) -> Any:
    @wraps_task(**options)
    def _twice(inner: Task[..., Any]) -> Any:
        def body(*args: Any, **kwargs: Any) -> Any:
            return 2 * inner(*args, **kwargs)

        return body

    return _twice


def test_wrapper_takes_the_name_and_keeps_the_signature(scheduler: Scheduler) -> None:
    @twice(memory=4)
    @task(namespace="wrap", version="1", vcpus=2)
    def add(a: int, b: int = 1) -> int:
        """Add."""
        return a + b

    assert add.fullname == "wrap.add"
    assert list(add.signature.parameters) == ["a", "b"]
    assert add.__doc__ == "Add."
    assert add.get_task_options() == {"memory": 4}
    assert add.wrapped_task is add.inner_task
    assert add.inner_task.fullname == "wrap._twice.add"
    assert add.inner_task.get_task_options() == {"vcpus": 2}
    assert add.inner_task.wrapped_task is None
    registry = get_task_registry()
    assert (registry.get("wrap.add"), registry.get("wrap._twice.add")) == (add, add.inner_task)
    assert scheduler.run([add(2), add(2, b=3)]) == [6, 10]
    assert add.source_file == __file__


def test_a_version_inside_stands_for_the_code_inside(scheduler: Scheduler) -> None:
    def wrapped(value: int, version: str) -> Task[..., Any]:
        def number() -> int:
            return value

        return twice()(task(namespace="wrap", name="number", version=version)(number))  # type: ignore[no-any-return]

    first, edited, released = wrapped(1, "1"), wrapped(2, "1"), wrapped(2, "2")
    assert first.hash == edited.hash
    assert first.hash != released.hash


def test_stacked(scheduler: Scheduler) -> None:
    @twice()
    @twice()
    @twice(wrapper_name="other")
    @task(namespace="wrap", version="1")
    def one() -> int:
        return 1

    names = []
    layer: Task[..., Any] | None = one
    while layer is not None:
        names.append(layer.fullname)
        layer = layer.wrapped_task
    assert names == ["wrap.one", "wrap._twice.one", "wrap._twice._twice.one", "wrap.other._twice._twice.one"]
    assert one.inner_task.fullname == names[-1]
    assert scheduler.run(one()) == 8


def test_a_change_of_either_is_a_change_of_the_whole() -> None:
    def make(inner: str = "1", **options: Any) -> str:
        @twice(**options)
        @task(namespace="wrap", version=inner)
        def work() -> int:
            return 1

        return work.hash

    assert make() == make()
    assert len({make(), make(inner="2"), make(wrapper_hash_includes=["x"]), make(version="5")}) == 4
    assert make(version="5") != make(inner="2", version="5")


def test_signature_of_the_wrapper(scheduler: Scheduler) -> None:
    @wraps_task(use_wrapper_signature=True)
    def repeated(inner: Task[..., Any]) -> Any:
        def body(times: int, *args: Any) -> Any:
            return [inner(*args)] * times

        return body

    @repeated
    @task(namespace="wrap", version="1")
    def double(x: int) -> int:
        return 2 * x

    assert str(double.signature) == str(inspect.Signature.from_callable(double.func))
    assert list(double.signature.parameters) == ["times", "args"]
    assert scheduler.run(double(2, 3)) == [6, 6]


def test_recursion_goes_through_the_wrapper(scheduler: Scheduler) -> None:
    @twice()
    @task(namespace="wrap", version="1")
    def power(n: int) -> Any:
        return power(n - 1) if n else 1

    assert scheduler.run(power(3)) == 16


def test_options_at_the_call_are_those_of_the_wrapper(scheduler: Scheduler) -> None:
    @twice()
    @task(namespace="wrap", version="1")
    def work(x: int) -> int:
        return x

    assert work.options(memory=3).get_task_option("memory") == 3
    assert work.options(memory=3).wrapped_task is work.wrapped_task
    assert scheduler.run(work.options(memory=3)(1)) == 2


def test_the_wrong_way_round() -> None:
    with pytest.raises(
        TaskDefinitionError, match=r"_twice wraps tasks, not <function .*write it above @task"
    ):
        twice()(lambda x: x)


def test_wrapper_without_a_body() -> None:
    @wraps_task()
    def nothing(inner: Task[..., Any]) -> Any:
        return None

    with pytest.raises(TaskDefinitionError, match="nothing must return the function that is run around"):

        @nothing
        @task(namespace="wrap")
        def work() -> int:
            return 1
