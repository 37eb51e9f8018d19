"""The tasks of `redun.functools`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest
from redun import Scheduler, task
from redun.errors import ArgumentError
from redun.functools import (
    apply_func,
    as_task,
    compose,
    compose_apply,
    const,
    delay,
    eval_,
    flat_map,
    flatten,
    force,
    identity,
    map_,
    seq,
    starmap,
    zip_,
)

redun_namespace = "fun"


@task(version="1")
def inc(x: int) -> int:
    return x + 1


@task(version="1")
def double(x: int) -> int:
    return 2 * x


@task(version="1")
def numbers(n: int) -> list[int]:
    return list(range(n))


@task(version="1")
def area(width: int, height: int = 1) -> int:
    return width * height


@task(version="1")
def give(value: Any) -> Any:
    return value


@task(version="1", cache_scope="NONE")
def draw(x: int) -> object:
    return [x]


def twice_up(x: int) -> int:
    return inc(x) + 1


def by_hand(x: int, *, times: int = 10) -> int:
    return x * times


def test_full_names_and_versions() -> None:
    tasks = [apply_func, compose_apply, const, eval_, flat_map, flatten, identity, map_, seq, zip_]
    assert [one.fullname for one in tasks] == [
        *("redun.apply_func", "redun.compose_apply", "redun.const", "redun.eval_", "redun.flat_map"),
        *("redun.flatten", "redun.identity", "redun.map_", "redun.seq", "redun.zip_"),
    ]
    assert {one.version for one in tasks} == {"1"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2], [2, 3]),
        ((1, inc(1)), [2, 3]),
        (numbers(3), [1, 2, 3]),
        (inc(2) + numbers(0)[0:0].count(0), TypeError),
        ([], []),
        (range(2), [1, 2]),
        ({1: "a", 5: "b"}, [2, 6]),
        (give({1: "a"}), [2]),
        (iter([1, inc(1)]), [2, 3]),
        (give({3}), [4]),
    ],
)
def test_map(scheduler: Scheduler, values: Any, expected: Any) -> None:
    if isinstance(expected, list):
        assert scheduler.run(map_(inc, values)) == expected
    else:
        with pytest.raises(
            ArgumentError, match=r"map_\(\) wants values to go through, such as a list, not int"
        ):
            scheduler.run(map_(inc, values))


def test_map_takes_lazy_tasks_partial_tasks_and_functions(scheduler: Scheduler) -> None:
    assert scheduler.run(map_(give(inc), [1, 2])) == [2, 3]
    assert scheduler.run(map_(area.partial(2), numbers(3))) == [0, 2, 4]
    assert scheduler.run(map_(twice_up, [1, 2])) == [3, 4]
    with pytest.raises(ArgumentError, match=r"map_\(\) wants a task to call, not 3"):
        scheduler.run(map_(3, [1]))  # type: ignore[arg-type]


def test_items_of_nested_maps_do_not_wait_for_each_other(scheduler: Scheduler) -> None:
    order: list[str] = []

    @task(namespace="fun", version="1")
    def first(x: int) -> int:
        if x == 0:
            # The other item is through both maps before this one is through the first.
            while "second 1" not in order:
                pass
        order.append(f"first {x}")
        return x

    @task(namespace="fun", version="1")
    def second(x: int) -> int:
        order.append(f"second {x}")
        return x

    assert scheduler.run(map_(second, map_(first, [0, 1]))) == [0, 1]
    assert order == ["first 1", "second 1", "first 0", "second 0"]


def test_a_map_that_is_used_twice_runs_once(scheduler: Scheduler, witness: Any) -> None:
    drawn = map_(draw, numbers(3))
    both = scheduler.run([map_(give, drawn), drawn])
    assert both[0] == both[1]
    assert witness.ran("fun.draw") == 3
    doubled = map_(double, numbers(3))
    assert scheduler.run([map_(inc, doubled), doubled]) == [[1, 3, 5], [0, 2, 4]]
    assert witness.ran("fun.double") == 3


def test_a_map_is_replayed(reopen: Callable[[], Scheduler], witness: Any) -> None:
    @task(namespace="fun", version="1")
    def main(n: int) -> list[int]:
        return map_(inc, map_(double, numbers(n)))

    assert reopen().run(main(5)) == [1, 3, 5, 7, 9]
    assert reopen().run(main(5)) == [1, 3, 5, 7, 9]
    assert witness.ran() == 0


@pytest.mark.slow
@pytest.mark.parametrize("count", [10_000, pytest.param(100_000, marks=pytest.mark.large)])
def test_many_items(scheduler: Scheduler, count: int) -> None:
    assert sum(scheduler.run(map_(inc, numbers(count)))) == count * (count + 1) // 2


def test_starmap(scheduler: Scheduler) -> None:
    assert scheduler.run(starmap(area, [{"width": 2, "height": inc(2)}, {"width": 4}])) == [6, 4]
    assert scheduler.run(starmap(area, give([{"width": 2}, {"width": 3, "height": 3}]))) == [2, 9]
    assert scheduler.run(starmap(area, [give({"width": 5})])) == [5]
    assert scheduler.run(starmap(area)) == []
    with pytest.raises(
        ArgumentError, match=r"starmap\(\) wants dicts of keyword arguments; item 1 is a tuple"
    ):
        scheduler.run(starmap(area, [{"width": 1}, (2, 3)]))  # type: ignore[list-item]
    with pytest.raises(ArgumentError, match=r"fun.area.*unexpected keyword argument 'depth'"):
        scheduler.run(starmap(area, [{"width": 1, "depth": 1}]))


def test_flat_map_flatten_and_zip(scheduler: Scheduler) -> None:
    assert scheduler.run(flat_map(numbers, [1, inc(1)])) == [0, 0, 1]
    assert scheduler.run(flatten([numbers(2), (7,), give([8])])) == [0, 1, 7, 8]
    assert scheduler.run(zip_(numbers(3), give("ab"))) == [(0, "a"), (1, "b")]
    assert scheduler.run(zip_()) == []


def test_composition(scheduler: Scheduler) -> None:
    assert scheduler.run(compose(inc, double)(5)) == 11
    assert scheduler.run(compose(inc, double, area)(2, height=3)) == 13
    assert scheduler.run(map_(compose(double, area.partial(3)), [1, 2])) == [6, 12]
    assert scheduler.run(compose(inc)(1)) == 2
    assert scheduler.run(compose(inc, compose(double, inc))(1)) == 5
    assert scheduler.run(compose_apply([inc, double], 5)) == 11
    assert scheduler.run(give(compose(inc, double))(5)) == 11
    with pytest.raises(ArgumentError, match="at least one task"):
        compose()
    with pytest.raises(ArgumentError, match=r"compose\(\) wants tasks, not 3"):
        compose(inc, 3)  # type: ignore[call-overload]


def test_identity_and_const(scheduler: Scheduler, witness: Any) -> None:
    assert scheduler.run([identity(inc(1)), const(inc(2), double(3))]) == [2, 3]
    assert witness.ran("fun.double") == 1


def test_what_is_delayed_runs_when_it_is_forced(scheduler: Scheduler, witness: Any) -> None:
    @task(namespace="fun", version="1")
    def maybe(wanted: bool, value: Callable[[], int]) -> int:
        return force(value) if wanted else 0

    assert scheduler.run(maybe(False, delay(inc(1)))) == 0
    assert witness.ran("fun.inc") == 0
    assert scheduler.run(maybe(True, delay(inc(1)))) == 2
    assert scheduler.run(force(give(delay(inc(2))))) == 3


def test_plain_functions_as_tasks(scheduler: Scheduler) -> None:
    assert scheduler.run(apply_func(max, inc(1), inc(5))) == 6
    assert scheduler.run(apply_func(by_hand, inc(1), times=give(3))) == 6
    assert scheduler.run(map_(as_task(by_hand), numbers(3))) == [0, 10, 20]
    assert scheduler.run(as_task(operator.and_)(give(6), give(3))) == 2
    assert scheduler.run(compose(as_task(sum), numbers)(4)) == 6
    with pytest.raises(Exception, match=r"task redun.apply_func: .*<lambda>.* has no lasting name"):
        scheduler.run(apply_func(lambda x: x, 1))
    with pytest.raises(ArgumentError, match=r"as_task\(\) wants a function, not 3"):
        as_task(3)  # type: ignore[arg-type]


def test_texts_are_evaluated_with_variables(scheduler: Scheduler) -> None:
    assert scheduler.run(eval_("a + b * c", 1, pos_args=["a"], b=inc(1), c=3)) == 7
    assert scheduler.run(eval_("\n  [n for n in values if n > low]\n", values=numbers(4), low=1)) == [2, 3]
    assert scheduler.run(eval_("max(values)", values=numbers(4))) == 3
    with pytest.raises(
        ArgumentError, match=r"eval_\('a'\): pos_args names 1 variables, and 2 values are given"
    ):
        scheduler.run(eval_("a", 1, 2, pos_args=["a"]))
    with pytest.raises(NameError, match="missing"):
        scheduler.run(eval_("missing + 1"))
