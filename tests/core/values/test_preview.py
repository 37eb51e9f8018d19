"""Previews are short, quick and safe for any value."""

from __future__ import annotations

import collections
import time
from typing import Any

import pytest
from hypothesis import given
from redun.value.names import type_name
from redun.value.preview import LIMIT, preview
from redun.value.seal import seal
from value_models import Color, Frozen, Names, Plain, Point, Record, Sample, Slotted, Tags
from value_strategies import values

numpy = pytest.importorskip("numpy")


@given(values)
def test_previews_are_short_and_can_be_stored(value: Any) -> None:
    text = preview(value)
    assert len(text) <= LIMIT
    text.encode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        ("it's", '"it\'s"'),
        (None, "None"),
        (b"ab", "b'ab'"),
        ([1, (2,), {3}], "[1, (2,), {3}]"),
        ((), "()"),
        ({}, "{}"),
        (set(), "set()"),
        ({"b", "a", "c"}, "{'a', 'b', 'c'}"),
        (frozenset({1}), "frozenset({1})"),
        ({"k": {"n": [1.5]}}, "{'k': {'n': [1.5]}}"),
        (collections.Counter("aab"), "Counter({'a': 2, 'b': 1})"),
        (collections.deque([1]), "deque([1])"),
        (Names([1]), "Names([1])"),
        (Point(1, Sample("s")), "Point(x=1, y=Sample(name='s', reads=None))"),
        (Frozen("shown", "secret"), "Frozen(name='shown')"),
        (Record("k", [1]), "Record(key='k', value=[1])"),
        (Plain(a=1, b="x"), "Plain(a=1, b='x')"),
        (Slotted(1, 2), "Slotted()"),
        (Color.RED, "<Color.RED: 1>"),
        (preview, "<function redun.value.preview.preview>"),
        (numpy.arange(3), "array([0, 1, 2])"),
        (numpy.zeros((50, 2)), "ndarray(shape=(50, 2), dtype=float64)"),
        ("\ud800", "'\\ud800'"),
        (10**5000, "<int of 16610 bits>"),
        ([10**5000], "[<int of 16610 bits>]"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 40 else type(value).__name__,
)
def test_values_look_like_themselves(value: Any, text: str) -> None:
    assert preview(value) == text


class Shouting:
    def __init__(self, result: Any) -> None:
        self.result = result

    def __repr__(self) -> Any:
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result


class Endless:
    def __repr__(self) -> str:
        return f"{self!r}"


class TextKind(str):
    def __len__(self) -> int:
        raise RuntimeError

    def __getitem__(self, key: Any) -> Any:
        raise RuntimeError


class Answering:
    """Has any attribute one asks for, as expressions do."""

    def __getattr__(self, name: str) -> Answering:
        return self

    def __repr__(self) -> str:
        return "answering"


@pytest.mark.parametrize(
    "value",
    [
        Shouting(ValueError("no")),
        Shouting(SystemExit(3)),
        Shouting(5),
        Shouting(None),
        Shouting("x" * 10_000_000),
        Shouting("\ud800" * 300),
        Shouting(TextKind("x" * 1000)),
        Endless(),
        [Shouting(RuntimeError()), Endless(), 5],
        {Shouting(TypeError()): Shouting(TypeError())},
    ],
    ids=lambda value: type(value).__name__,
)
def test_hostile_reprs_do_no_harm(value: Any) -> None:
    assert 0 < len(preview(value)) <= LIMIT
    preview(value).encode()


def test_a_repr_that_fails_is_told_beside_those_that_do_not() -> None:
    assert preview([1, Shouting(ValueError("no")), 2]) == "[1, <Shouting whose repr raises ValueError>, 2]"
    assert preview(Answering()) == "answering"


def test_an_interrupt_is_let_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        preview([Shouting(KeyboardInterrupt())])


def huge() -> list[Any]:
    loop: list[Any] = []
    loop += [loop] * 1000
    deep: Any = 0
    for _ in range(100_000):
        deep = [deep]
    many = list(range(1_000_000))
    return [
        loop,
        deep,
        many,
        Names(many),
        Point(many, many),
        Sample(many),
        Plain(many=many),
        dict.fromkeys(many),
        set(many),
        Tags(many),
        collections.OrderedDict.fromkeys(many),
        "x" * 50_000_000,
        bytes(50_000_000),
        7**2_000_000,
        [[[[[[[[0] * 100] * 100] * 100] * 100] * 100] * 100] * 100],
        numpy.zeros(10_000_000),
        [numpy.zeros(10_000_000)] * 1000,
    ]


def test_large_values_are_quick_to_show() -> None:
    for value in huge():
        start = time.thread_time()
        text = preview(value)
        assert time.thread_time() - start < 0.1, type(value)
        assert len(text) <= LIMIT


def test_types_have_names() -> None:
    class Named:
        __redun_type_name__ = "lab.Named"

    assert type_name(int) == "int"
    assert type_name(type(None)) == "NoneType"
    assert type_name(Point) == "value_models.Point"
    assert type_name(Named) == "lab.Named"
    assert seal([]).type_name == "list"
