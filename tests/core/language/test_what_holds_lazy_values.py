"""Containers of every kind are looked into; where they are not, a lazy value is refused and never reaches a body."""

from __future__ import annotations

import functools
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import InitVar, dataclass, field
from time import struct_time
from types import SimpleNamespace
from typing import Any

import pytest
from redun import Scheduler, catch, task
from redun.errors import ExpressionError
from redun.expression import quote

redun_namespace = "holds"


class Names(list[Any]):
    def __init__(self, *names: Any) -> None:
        super().__init__(names)
        self.note = "kept"


class Pair(tuple[Any, ...]):
    __slots__ = ()

    def __new__(cls, left: Any, right: Any) -> Pair:
        return super().__new__(cls, (left, right))

    def __getnewargs__(self) -> tuple[Any, Any]:
        return self[0], self[1]


class Table(dict[str, Any]):
    def __setitem__(self, key: str, value: Any) -> None:
        raise AssertionError("not to be called")


class Ordered(OrderedDict[str, Any]):
    pass


class Grouped(defaultdict[str, Any]):
    pass


class Ring(deque[Any]):
    pass


class Tags(set[Any]):
    pass


class Fixed(frozenset[Any]):
    pass


@dataclass(frozen=True)
class Derived:
    """Frozen, with a field that its constructor does not take."""

    size: Any
    double: Any = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", [self.size, self.size])


@dataclass(slots=True)
class Slotted:
    size: Any


@dataclass
class Scaled:
    """Its constructor takes what is no field."""

    size: Any
    factor: InitVar[int] = 1

    def __post_init__(self, factor: int) -> None:
        self.scaled = [self.size] * factor


class OpenRecord(Scaled):
    """Neither a dataclass of its own nor made like one."""

    def __init__(self, size: Any) -> None:
        super().__init__(size, 2)
        self.extra = "kept"


@task(version="1")
def one() -> int:
    return 1


@task(version="1")
def show(value: Any) -> Any:
    return [type(value).__name__, value]


def ring() -> Ring:
    return Ring([0, one()], maxlen=2)


CASES: list[tuple[Any, Any]] = [
    (Names(one(), "x"), Names(1, "x")),
    (Pair(one(), 2), Pair(1, 2)),
    (Ordered(a=one()), Ordered(a=1)),
    (Grouped(list, {"a": one()}), Grouped(list, {"a": 1})),
    (ring(), Ring([0, 1], maxlen=2)),
    (Tags([one()]), Tags([1])),
    (Fixed([one()]), Fixed([1])),
    (Counter({"a": one()}), Counter({"a": 1})),
    (Derived(one()), Derived(1)),
    (Slotted(one()), Slotted(1)),
    (Scaled(one(), 3), Scaled(1, 3)),
    (OpenRecord(one()), OpenRecord(1)),
]


@pytest.mark.parametrize(("lazy", "expected"), CASES, ids=[type(case[0]).__name__ for case in CASES])
def test_a_holder_arrives_with_what_it_holds(reopen: Any, witness: Any, lazy: Any, expected: Any) -> None:
    for _ in range(2):
        name, value = reopen().run(show(lazy))
        assert (name, value) == (type(expected).__name__, expected)
        assert type(value) is type(expected)
        assert getattr(value, "__dict__", None) == getattr(expected, "__dict__", None)
    assert witness.ran() == 0


def test_details_of_holders(scheduler: Scheduler) -> None:
    table = Table(a=one())
    assert scheduler.run(show(table))[1] == {"a": 1}
    assert scheduler.run(show(Grouped(list, {"a": one()})))[1]["new"] == []
    assert scheduler.run(show(ring()))[1].maxlen == 2
    assert scheduler.run(show(Scaled(one(), 3)))[1].size == 1
    assert scheduler.run(show(slice(one(), None)))[1] == slice(1, None)
    times = struct_time(range(9))
    assert scheduler.run(show(times))[1] == times


class Box:
    def __init__(self, content: Any) -> None:
        self.content = content


def _unlooked() -> list[tuple[Any, str]]:
    return [
        (SimpleNamespace(a=[0, {"k": one()}]), r"value\.a\[1\]\['k'\] is the lazy value holds\.one\(\)"),
        (Box(one()), r"value\.content is the lazy value holds\.one\(\), inside of a Box"),
        (Box([Slotted(one())]), r"value\.content\[0\]\.size is the lazy value .*, inside of a Box"),
        ([1, Box(one() + 1)], r"value\[1\]\.content is the lazy value \(holds\.one\(\) \+ 1\)"),
        (functools.partial(max, one()), r"inside of a partial"),
    ]


@pytest.mark.parametrize("number", range(5))
def test_a_lazy_value_never_reaches_a_body_unnoticed(scheduler: Scheduler, witness: Any, number: int) -> None:
    value, message = _unlooked()[number]
    with pytest.raises(ExpressionError, match=message) as caught:
        scheduler.run(show(value))
    assert "Argument value of task holds.show" in str(caught.value)
    assert "Put it in a list, tuple, set, dict or dataclass" in str(caught.value)
    assert witness.ran("holds.show") == 0


def test_a_result_that_hides_a_lazy_value_is_refused(scheduler: Scheduler) -> None:
    @task(namespace="holds", version="1")
    def hide() -> Any:
        return Box(one())

    with pytest.raises(
        ExpressionError, match=r"The result of task holds.hide: value.content is the lazy value"
    ):
        scheduler.run(hide())

    @task(namespace="holds", version="1")
    def hide_deeper() -> Any:
        return [one(), Box(one())]

    with pytest.raises(ExpressionError, match=r"value\[1\]\.content is the lazy value holds\.one\(\)"):
        scheduler.run(hide_deeper())

    @task(namespace="holds", version="1")
    def recover(error: Exception) -> str:
        return type(error).__name__

    assert scheduler.run(catch(show(hide()), ExpressionError, recover)) == "ExpressionError"


def test_quotes_partial_calls_and_options_may_hold_lazy_values(scheduler: Scheduler) -> None:
    held = [quote(one() + 1), show.partial([one()]), show.options(memory=one())]
    again = scheduler.run(show(held))[1]
    assert repr(again[0]) == "quote((holds.one() + 1))"
    assert scheduler.run(again[1]()) == ["list", [1]]
    assert scheduler.run(show(Box(quote(one()))))[1].content.eval() is not None
