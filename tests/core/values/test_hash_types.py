"""Hashes of particular types, shapes and sizes of value."""

from __future__ import annotations

import array
import collections
import copyreg
import datetime
import decimal
import fractions
import functools
import os.path
import pathlib
import pickle
import re
import threading
import tracemalloc
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from redun.errors import UnhashableValueError
from redun.hashing.digest import HASH_SIZE, digest
from redun.hashing.parts import parts_of
from redun.hashing.values import hash_value, set_type_resolver
from value_models import (
    Access,
    Color,
    Frozen,
    Names,
    Plain,
    Point,
    Record,
    Sample,
    Settings,
    Slotted,
    Tags,
    Word,
)

numpy = pytest.importorskip("numpy")

WHOLE_DAY = datetime.date(2024, 5, 17)

DISTINCT: list[Any] = [
    None, ..., NotImplemented, True, False, 0, 1, -1, 2**63, -(2**63), 10**400, 0.0, -0.0, 1.0, float("nan"),
    float("inf"), 1j, complex(1, 0), "", "1", "a", b"", b"1", b"a", bytearray(b"a"), memoryview(b"a"), memoryview(b""),
    Word("a"), array.array("b", [1]), array.array("B", [1]), array.array("d"), array.array("u", "a"),
    [], (), {}, set(), frozenset(), [1], (1,), {1}, frozenset({1}), {1: 1}, [1, 1], [[1], 1], [[1, 1]], [[]], [()],
    Names([1]), Tags({1}), Settings({1: 1}), collections.OrderedDict({1: 1}), collections.defaultdict(list, {1: 1}),
    collections.defaultdict(int, {1: 1}), collections.Counter({1: 1}), collections.deque([1]),
    collections.deque([1], maxlen=1), list(range(8)), tuple(range(8)), [float(n) for n in range(8)],
    [0, 1, 2, 3, 4, 5, 6, True], [0.0, 1, 2, 3, 4, 5, 6, 7], [float("nan")] * 8, [2**70] * 8,
    Point(1, 2), Point(2, 1), (1, 2), Sample("a"), Sample("b"), Frozen("a"), Frozen("a", 1), Record("a", 1),
    Plain(), Plain(a=1), Plain(b=1), Plain(a=1, b=2), Plain(a=2, b=1), Slotted("a", 1), Slotted("a", 2), object(),
    Color.RED, Color.BLUE, Access.READ, Access.WRITE, Access.READ | Access.WRITE, int, str, Color, Point, object,
    decimal.Decimal("1"), decimal.Decimal("1.0"), fractions.Fraction(1, 2), datetime.timedelta(1), WHOLE_DAY,
    datetime.datetime(2024, 5, 17), datetime.datetime(2024, 5, 17, fold=1),
    datetime.datetime(2024, 5, 17, tzinfo=datetime.UTC), datetime.time(1), pathlib.PurePosixPath("a"),
    pathlib.Path("a"), pathlib.Path("b"), uuid.UUID(int=1), re.compile("a"), re.compile("a", re.IGNORECASE),
    range(3), range(0, 3, 2), slice(1), slice(1, 2), len, min, [1].append, os.path.join, functools.partial(min, 1),
    functools.partial(max, 1), ValueError("a"), ValueError("b"), KeyError("a"), list[int], list[str],
    numpy.arange(4), numpy.arange(4.0), numpy.arange(4).reshape(2, 2), numpy.arange(4, dtype="i2"),
    numpy.arange(4, dtype=">i8"), numpy.zeros((0, 2)), numpy.zeros((2, 0)), numpy.array(1), numpy.int64(1),
    numpy.float64(1), numpy.array(["a"]), numpy.array(["a"], dtype=object), numpy.array(["2020"], dtype="M8[D]"),
    numpy.zeros(2, dtype=[("a", "i4"), ("b", "f8")]), numpy.ma.masked_array([1, 2], [0, 1], fill_value=0),
    numpy.dtype("f4"),
]  # fmt: skip


def test_types_and_contents_are_told_apart() -> None:
    seen: dict[bytes, Any] = {}
    for value in DISTINCT:
        hash_ = hash_value(value)
        assert len(hash_) == HASH_SIZE
        assert hash_ not in seen, (seen[hash_], value)
        seen[hash_] = value
        assert hash_value([value]) not in seen


@pytest.mark.parametrize("value", DISTINCT, ids=lambda value: type(value).__name__)
def test_a_pickled_copy_has_the_same_hash(value: Any) -> None:
    if isinstance(value, memoryview):
        pytest.skip("cannot be pickled")
    assert hash_value(pickle.loads(pickle.dumps(value, 5))) == hash_value(value)


def test_attribute_order_does_not_count_but_dict_order_does() -> None:
    assert hash_value(Plain(a=1, b=2)) == hash_value(Plain(b=2, a=1))
    assert hash_value({"a": 1, "b": 2}) != hash_value({"b": 2, "a": 1})
    assert hash_value(Plain(d={"a": 1, "b": 2})) != hash_value(Plain(d={"b": 2, "a": 1}))


class Trimmed(Plain):
    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "cache"}


class Ordered:
    def __init__(self, pairs: dict[str, int]) -> None:
        self.names, self.numbers = list(pairs), list(pairs.values())

    def __getstate__(self) -> dict[str, int]:
        return dict(zip(self.names, self.numbers, strict=True))


def test_a_class_says_what_its_state_is() -> None:
    assert hash_value(Trimmed(a=1, b=2, cache=3)) == hash_value(Trimmed(b=2, cache=4, a=1))
    # Here the order of the state is content.
    assert hash_value(Ordered({"a": 1, "b": 2})) != hash_value(Ordered({"b": 2, "a": 1}))


def test_reading_a_cached_property_changes_nothing() -> None:
    used = Sample("abc")
    assert used.length == 3
    assert hash_value(used) == hash_value(Sample("abc"))


def test_a_class_supplies_the_digest_of_its_objects() -> None:
    assert hash_value(Own(b"x")) == digest(b"own", b"x")
    assert hash_value([Own(b"x")]) == hash_value([Own(b"x")]) != hash_value([Own(b"y")])
    # The class itself is a value like any other.
    assert hash_value(Own) != hash_value(Plain)


class Own:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def __redun_digest__(self) -> bytes:
        return digest(b"own", self.content)


class Complicated:
    def __init__(self, secret: object) -> None:
        self.secret = secret


def test_copyreg_is_honoured() -> None:
    copyreg.pickle(Complicated, lambda value: (Complicated, (str(value.secret),)))  # type: ignore[arg-type]
    try:
        assert hash_value(Complicated(1)) == hash_value(Complicated("1"))
    finally:
        del copyreg.dispatch_table[Complicated]


@pytest.fixture
def resolver() -> Iterator[list[type]]:
    asked: list[type] = []

    def resolve(kind: type) -> Any:
        asked.append(kind)
        return (lambda value: str(value.left).encode()) if kind is Slotted else None

    set_type_resolver(resolve)
    yield asked
    set_type_resolver(None)


def test_a_plugin_is_asked_once_per_type(resolver: list[type]) -> None:
    assert hash_value(Slotted(1, 2)) == hash_value(Slotted(1, 3)) != hash_value(Slotted(2, 2))
    assert hash_value([Slotted(1, 2), Slotted(1, 2), Plain()]) == hash_value(
        [Slotted(1, 9), Slotted(1, 8), Plain()]
    )
    assert sorted(kind.__name__ for kind in resolver) == ["Plain", "Slotted"]


def test_a_resolver_that_is_taken_away_leaves_no_trace(resolver: list[type]) -> None:
    hash_value(Slotted(1, 2))
    set_type_resolver(None)
    assert hash_value(Slotted(1, 2)) != hash_value(Slotted(1, 3))


def deep(depth: int, leaf: Any) -> Any:
    value = leaf
    for _ in range(depth):
        value = [value]
    return value


def test_nesting_is_bounded_by_memory_alone() -> None:
    assert hash_value(deep(10_000, 1)) == hash_value(deep(10_000, 1)) != hash_value(deep(10_000, 2))
    linked: Any = None
    for number in range(10_000):
        linked = Slotted(number, (linked, {"next": linked}))
    assert len(hash_value(linked)) == HASH_SIZE


def test_what_is_shared_is_hashed_once() -> None:
    value: Any = ["x" * 100]
    for _ in range(200):
        value = [value, value]
    assert len(hash_value(value)) == HASH_SIZE


def test_cycles_end() -> None:
    def loop(leaf: Any) -> list[Any]:
        value: list[Any] = [leaf]
        value.append({"back": value})
        return value

    assert hash_value(loop(1)) == hash_value(loop(1)) != hash_value(loop(2))
    # The same cycle entered at another place is another value; met within another value it is the same.
    assert hash_value(loop(1)[1]) != hash_value(loop(1))
    inner = loop(1)
    assert hash_value([inner, inner, 0]) == hash_value([inner, loop(1), 0]) == hash_value([loop(1), inner, 0])


def test_a_tangle_of_objects_takes_no_exponential_time() -> None:
    everyone = [Plain(name=number) for number in range(60)]
    for one in everyone:
        one.friends = [other for other in everyone if other is not one]
    assert hash_value(everyone[0]) == hash_value(pickle.loads(pickle.dumps(everyone[0])))


def test_long_values_are_hashed_in_blocks() -> None:
    long: list[Any] = ["a", *range(20_000)]
    assert hash_value(long) == hash_value(list(long))
    assert hash_value(long) != hash_value([*long[:-1], -1])
    assert hash_value({number: str(number) for number in range(10_000)}) != hash_value(
        {number: str(number) for number in range(9_999)}
    )
    assert hash_value(set(map(str, range(10_000)))) == hash_value(set(map(str, reversed(range(10_000)))))


@pytest.mark.parametrize(
    "make",
    [
        lambda size: b"x" * size,
        lambda size: bytearray(size),
        lambda size: memoryview(bytes(size)),
        lambda size: array.array("d", bytes(size)),
        lambda size: numpy.zeros(size // 8),
        lambda size: numpy.zeros((size // 80, 10)).T,
        lambda size: numpy.zeros(size // 8, dtype="M8[s]"),
        lambda size: {"nested": [numpy.zeros(size // 8)]},
        lambda size: pickle.PickleBuffer(bytes(size)),
    ],
)
def test_large_buffers_are_not_copied(make: Any) -> None:
    value = make(32 << 20)
    tracemalloc.start()
    hash_value(value)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_an_array_hashes_as_what_it_shows() -> None:
    whole = numpy.arange(100)
    assert hash_value(whole[::2]) == hash_value(whole[::2].copy()) != hash_value(whole[1::2])
    fortran = numpy.asfortranarray(numpy.arange(6).reshape(2, 3))
    assert hash_value(fortran) == hash_value(pickle.loads(pickle.dumps(fortran, 5)))
    assert hash_value(numpy.array([[1], "a"], dtype=object)) == hash_value(
        numpy.array([[1], "a"], dtype=object)
    )


def test_functions_hash_by_name_and_code() -> None:
    assert hash_value(deep) == hash_value(deep) != hash_value(test_cycles_end)
    assert hash_value([deep]) != hash_value(["deep"])


def outer() -> Any:
    def inner() -> None: ...

    return inner


class Stubborn:
    def __reduce__(self) -> Any:
        raise RuntimeError("not me")


@pytest.mark.parametrize(
    ("value", "where", "what"),
    [
        (lambda: 0, "value ", "<lambda>"),
        ({"a": [0, 1, 2, Plain(fn=lambda: 0)]}, "value['a'][3].fn ", "<lambda>"),
        ([outer()], "value[0] ", "outer.<locals>.inner"),
        ((1, Slotted(1, threading.Lock())), "value[1].right ", "lock"),
        ({"k": {Point(1, len): Sample(outer())}}, "value['k'][<Point>].name ", "inner"),
        (["x"] * 5000 + [lambda: 0], "value[5000] ", "<lambda>"),
        ([1, Stubborn()], "value[1] ", "RuntimeError: not me"),
        (Names([1, outer()]), "value[1] ", "inner"),
        (Settings({"key": outer()}), "value['key'] ", "inner"),
        ((number for number in range(3)), "value ", "generator"),
    ],
    ids=str,
)
def test_what_has_no_hash_is_named_with_its_place(value: Any, where: str, what: str) -> None:
    with pytest.raises(UnhashableValueError) as caught:
        hash_value(value)
    assert str(caught.value).startswith(where)
    assert what in str(caught.value)


def test_parts_are_told_with_the_way_to_them() -> None:
    assert list(parts_of([5, [6]])) == [("[0]", 5), ("[1]", [6])]
    assert dict(parts_of(Plain(a=1, b=[2]))) == {"<argument 0>": Plain, ".a": 1, ".b": [2]}
    assert dict(parts_of(Own(b"x"))) == {"<argument 0>": Own, ".content": b"x"}
    assert dict(parts_of(Names([7]))) == {"<argument 0>": Names, "[0]": 7}
    assert list(parts_of({7})) == [("{…}", 7)]
    assert list(parts_of(5)) == list(parts_of(len)) == []
