"""Texts of expressions and errors that are long, deep, broken or no UTF-8."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from redun import Scheduler, task
from redun.expression import quote

Reopen = Callable[[], Scheduler]


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


@task(namespace="texts", version="1")
def take(value: Any) -> Any:
    return value


@task(namespace="texts", version="1")
def fail(text: str) -> None:
    raise ValueError(text)


@task(namespace="texts", version="1")
def count(value: Any) -> int:
    return 1


def nested(wrap: Callable[[Any], Any]) -> Any:
    value: Any = 1
    for _ in range(3000):
        value = wrap(value)
    return value


def test_a_repr_that_fails_stops_nothing(scheduler: Scheduler) -> None:
    assert isinstance(scheduler.run([take(Broken())])[0], Broken)
    assert repr(take({"a": [Broken()]})) == "texts.take({'a': [<Broken whose repr raises RuntimeError>]})"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda value: count({"a": value}),
        lambda value: count({"a": [(value,), {value}]}),
        lambda value: [value],
        lambda value: {1: value},
    ],
)
def test_nesting_deeper_than_the_stack(scheduler: Scheduler, wrap: Any) -> None:
    expr = nested(wrap)
    assert len(repr(take(expr))) == 2000
    assert scheduler.run([expr, take(1)])[1] == 1


def test_what_holds_expressions_is_shown_in_part() -> None:
    calls = [take(number) for number in range(100_000)]
    assert (
        repr(take.partial(take(1), 2, value=[take(3)]))
        == "texts.take.partial(texts.take(1), 2, value=[texts.take(3)])"
    )
    assert len(repr(take.partial(calls))) <= 2000
    assert len(repr(quote(calls))) < 2050
    assert repr(quote(take(1))) == "quote(texts.take(1))"


def test_wide_values_are_shown_in_part() -> None:
    for wide in (list(range(1_000_000)), {x: x for x in range(100_000)}, "x" * 1_000_000, b"x" * 1_000_000):
        assert len(repr(take(wide))) <= 2000


def test_an_error_about_a_name_that_is_no_text(reopen: Reopen) -> None:
    with pytest.raises(ValueError, match="reads"):
        reopen().run(fail(os.fsdecode(b"reads\xff.txt")))
    reopen()


def test_a_root_whose_defaults_are_calls_has_one_root(reopen: Reopen, witness: Any) -> None:
    @task(namespace="texts", version="1")
    def defaulted(x: Any = take(3)) -> Any:  # noqa: B008
        return x

    assert reopen().run(defaulted()) == 3
    assert witness.ran("redun.root_task") == 1
