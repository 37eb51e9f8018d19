"""Which functions become tasks, and how calls are bound to them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from redun import Scheduler, task
from redun.errors import ArgumentError, SchedulerError, TaskDefinitionError

Reopen = Callable[..., Scheduler]


def test_variadic_arguments(scheduler: Scheduler) -> None:
    @task(namespace="sig", version="1")
    def collect(a: int, *args: int, b: int = 3, **kwargs: int) -> Any:
        return a, args, b, kwargs

    one = collect(1)
    assert scheduler.run([one, collect(1, 2, one[2], c=one[0], d=4)]) == [
        (1, (), 3, {}),
        (1, (2, 3), 3, {"c": 1, "d": 4}),
    ]


def test_keywords_that_look_like_other_arguments(scheduler: Scheduler) -> None:
    @task(namespace="sig", version="1")
    def collect(*args: int, **kwargs: int) -> Any:
        return args, kwargs

    @task(namespace="sig", version="1")
    def positional(a: int = 0, /, **kwargs: int) -> Any:
        return a, kwargs

    assert scheduler.run(collect(1)) == ((1,), {})
    assert scheduler.run(collect(**{"args[0]": 1})) == ((), {"args[0]": 1})
    assert scheduler.run(collect(1, **{"args[0]": 2, "**args[0]": 3, "class": 4})) == (
        (1,),
        {"args[0]": 2, "**args[0]": 3, "class": 4},
    )
    assert scheduler.run(positional(1, a=2)) == (1, {"a": 2})


def test_positional_only_with_defaults_and_one_key_for_all_spellings(reopen: Reopen) -> None:
    ran: list[int] = []

    @task(namespace="sig", version="1")
    def area(a: int, b: int = 2, /, c: int = 3) -> int:
        ran.append(a)
        return a * b * c

    assert reopen().run([area(1), area(1, 2), area(1, 2, 3), area(1, c=3)]) == [6, 6, 6, 6]
    assert ran == [1]
    with pytest.raises(ArgumentError, match=r"sig.area.*positional"):
        area(1, b=2)


def test_config_args_the_first_value_wins(reopen: Reopen) -> None:
    ran: list[int] = []

    @task(namespace="sig", version="1", config_args=("threads",))
    def work(x: int, threads: int = 1) -> int:
        ran.append(threads)
        return x * threads

    assert reopen().run(work(5, threads=2)) == 10
    assert reopen().run([work(5, threads=4), work(5)]) == [10, 10]
    assert ran == [2]


def test_static_methods_both_ways(scheduler: Scheduler) -> None:
    class Steps:
        @staticmethod
        @task(namespace="sig", version="1")
        def outside(x: int) -> int:
            return x + 1

        @task(namespace="sig", version="1")
        @staticmethod
        def inside(x: int) -> int:
            return x + 2

    assert scheduler.run([Steps.outside(1), Steps().inside(1)]) == [2, 3]
    assert Steps.outside.fullname == "sig.outside"


def test_builtin_functions(scheduler: Scheduler) -> None:
    root = task(namespace="sig", version="1")(math.isqrt)
    assert scheduler.run(root(16)) == 4
    with pytest.raises(TaskDefinitionError) as caught:
        task(namespace="sig", version="1")(max)
    assert str(caught.value) == (
        "Task sig.max: <built-in function max> does not say what arguments it takes. "
        "Wrap it in a function of your own."
    )


def test_what_is_no_function() -> None:
    with pytest.raises(TaskDefinitionError, match="wants a function, not 3"):
        task(3)  # type: ignore[call-overload]

    class Adder:
        def __call__(self, x: int) -> int:
            return x

    with pytest.raises(TaskDefinitionError, match=r"wants a name for .*Adder.*: @task\(name=...\)"):
        task(version="1")(Adder())


@pytest.mark.parametrize("returned", [[1], [1, 2, 3], 5, None])
def test_results_that_are_not_as_many_as_promised(scheduler: Scheduler, returned: Any) -> None:
    @task(namespace="sig", nout=2, cache=False)
    def two() -> Any:
        return returned

    number = f"returned {len(returned)}" if returned and returned != 5 else "returned one "
    with pytest.raises(
        SchedulerError, match=rf"^Task sig.two \(.*\) promised 2 results \(nout\) and {number}"
    ):
        scheduler.run(two())


def test_promises_that_are_kept(scheduler: Scheduler) -> None:
    @task(namespace="sig", cache=False)
    def give(value: Any) -> Any:
        return value

    assert list(give.options(nout=0)([])) == []
    first, second = give.options(nout=2)("ab")
    assert scheduler.run([first, second]) == ["a", "b"]
