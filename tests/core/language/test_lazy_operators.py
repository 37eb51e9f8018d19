"""Operators, slices and subscripts of lazy values do what they do in Python."""

from __future__ import annotations

import math
import operator
from typing import Any

import pytest
from redun import Scheduler, task
from redun.errors import ExpressionError
from redun.expression import (
    ApplyExpression,
    Expression,
    SchedulerExpression,
    SimpleExpression,
    TaskExpression,
    ValueExpression,
    get_lazy_operation,
    lazy_operation,
)

redun_namespace = "ops"


@task(version="1")
def give(value: Any) -> Any:
    return value


class Vector:
    """Says which method was called."""

    def __matmul__(self, other: Any) -> str:
        return f"@ {other}"

    def __rmatmul__(self, other: Any) -> str:
        return f"{other} @"


REFLECTED = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "^": operator.xor,
    "divmod": divmod,
}


@pytest.mark.parametrize("function", REFLECTED.values(), ids=REFLECTED)
def test_both_sides_may_be_lazy(scheduler: Scheduler, function: Any) -> None:
    expected = function(13, 5)
    for left, right in ((give(13), 5), (13, give(5)), (give(13), give(5))):
        value = scheduler.run(function(left, right))
        assert value == expected
        assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda e: round(e, 1), 3.5),
        (lambda e: round(e), 3),
        (lambda e: math.floor(-e), -4),
        (lambda e: math.ceil(e), 4),
        (lambda e: math.trunc(e), 3),
        (lambda e: pow(give(3), 4, give(5)), 1),
        (lambda e: abs(-e), 3.46),
    ],
)
def test_functions_that_python_lets_be_lazy(scheduler: Scheduler, build: Any, expected: Any) -> None:
    assert scheduler.run(build(give(3.46))) == expected


def test_quotient_and_remainder_unpack(scheduler: Scheduler) -> None:
    quotient, remainder = divmod(give(17), 5)
    assert scheduler.run([remainder, quotient]) == [2, 3]


def test_matrix_product(scheduler: Scheduler) -> None:
    assert scheduler.run([give(Vector()) @ 1, 2 @ give(Vector())]) == ["@ 1", "2 @"]


@pytest.mark.parametrize(("left", "right"), [(5, 3), (0, 3), (5, 0), ([], "x"), ("a", None), (True, False)])
def test_ampersand_and_bar_mean_and_and_or(scheduler: Scheduler, left: Any, right: Any) -> None:
    assert scheduler.run(give(left) & give(right)) == (left and right)
    assert scheduler.run(left & give(right)) == (left and right)
    assert scheduler.run(give(left) | right) == (left or right)


ITEMS = list(range(6))


@pytest.mark.parametrize("start", [None, 0, 2, -2, 9, -9])
@pytest.mark.parametrize("stop", [None, 0, 4, -1, 9, -9])
@pytest.mark.parametrize("step", [None, 1, 2, -1])
def test_slices_clip_as_in_python(start: Any, stop: Any, step: Any, shared: Scheduler) -> None:
    expected = ITEMS[start:stop:step]
    assert shared.run(give(ITEMS)[start:stop:step]) == expected
    lazy = slice(*(None if bound is None else give(bound) for bound in (start, stop, step)))
    assert shared.run(give(ITEMS)[lazy]) == expected


@pytest.fixture(scope="module")
def shared() -> Any:
    with Scheduler() as scheduler:
        yield scheduler


def test_lazy_bounds_are_recorded_and_replayed(reopen: Any, witness: Any) -> None:
    @task(namespace="ops", version="1")
    def middle(items: Any, n: Any) -> Any:
        return give(items)[give(n) : give(n) + 2]

    assert reopen().run(middle(ITEMS, 1)) == [1, 2]
    assert reopen().run(middle(ITEMS, 1)) == [1, 2]
    assert witness.ran() == 0


def test_a_slice_that_counts_from_the_start_unpacks(scheduler: Scheduler) -> None:
    first, second = give("abc")[0:2]
    assert scheduler.run(second + first) == "ba"
    assert [scheduler.run(item) for item in give("abcd")[:4:2]] == ["a", "c"]
    assert len(give.options(nout=5)(ITEMS)[1:]) == 4
    for endless in (give("abc")[1:], give("abc")[-2:2], give("abc")[give(0) : 2], give("abc")[::0]):
        with pytest.raises(ExpressionError, match="length"):
            iter(endless)


def test_lazy_values_print_as_python() -> None:
    e = give(1)
    assert repr(e[1:]) == "ops.give(1)[1:]"
    assert repr(e[: give(2) : 3]) == "ops.give(1)[:ops.give(2):3]"
    assert repr(e[::2, 0]) == "ops.give(1)[(slice(None, None, 2), 0)]"
    assert repr(-e + 2**e) == "((-ops.give(1)) + (2 ** ops.give(1)))"
    assert repr(divmod(e, 2)) == "divmod(ops.give(1), 2)"
    assert repr(ValueExpression(3) @ e) == "(3 @ ops.give(1))"


def test_names_of_redun_044(scheduler: Scheduler) -> None:
    assert isinstance(give(1), TaskExpression)
    assert isinstance(give(1), SchedulerExpression)
    assert isinstance(give(1) + 1, SimpleExpression)
    assert issubclass(TaskExpression, ApplyExpression)
    assert issubclass(SimpleExpression, ApplyExpression)
    total: Any = SimpleExpression("add", (give(1), 2))
    assert scheduler.run(total) == 3
    assert scheduler.run(give(ValueExpression(3)) + ValueExpression([4])[0]) == 7


def test_an_operation_of_ones_own(reopen: Any) -> None:
    @lazy_operation(name="clamp")
    def clamp(value: int, low: int, high: int) -> int:
        return min(max(value, low), high)

    assert get_lazy_operation("clamp") is clamp
    assert get_lazy_operation("no such operation") is None
    assert reopen().run(give([SimpleExpression("clamp", (give(7), 0, 5))])) == [5]
    assert repr(SimpleExpression("clamp", (give(7), 0, 5))) == "clamp(ops.give(7), 0, 5)"


def test_no_public_name_of_ours_is_in_the_way() -> None:
    e = give(1) + give(2)
    ours = [name for name in dir(Expression) if not name.startswith("_")]
    assert ours == []
    for name in ("args", "kwargs", "task_name", "func_name", "is_valid", "serialize", "get_hash", "_private"):
        assert repr(getattr(e, name)) == f"(ops.give(1) + ops.give(2)).{name}"
