"""Classes and values that the tests of this folder share; also imported by their subprocesses."""

from __future__ import annotations

import collections
import enum
import random
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import attrs


class Point(NamedTuple):
    x: Any
    y: Any


@dataclass
class Sample:
    name: Any
    reads: Any = None

    @cached_property
    def length(self) -> int:
        return len(self.name)


@dataclass(frozen=True, slots=True)
class Frozen:
    name: Any
    hidden: Any = field(default=None, repr=False)


@attrs.frozen
class Record:
    key: Any
    value: Any


class Plain:
    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self, left: Any, right: Any) -> None:
        self.left, self.right = left, right


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Names(list):
    pass


class Tags(set):
    pass


class Settings(dict):
    pass


class Word(str):
    __slots__ = ()


def build(seed: int) -> Any:
    """Make a value with everything in it, its sets filled in an order of the seed's choosing."""
    shuffle = random.Random(seed).shuffle

    def members(items: list[Any]) -> list[Any]:
        items = list(items)
        shuffle(items)
        return items

    return [
        {name: set(members([f"{name}{number}" for number in range(50)])) for name in ("a", "b")},
        frozenset(members([frozenset(members(["x", "y", "z", number])) for number in range(20)])),
        Tags(members(["red", "green", "blue", 1, 2.5, None])),
        Sample("s", {Point("a", 1), Point("b", 2)}),
        Frozen("f", {Color.RED, Color.BLUE}),
        Record({"k": {"v", "w"}}, Plain(b={"q", "r"}, a=1)),
        Slotted({"l", "m"}, collections.OrderedDict(z={"1", "2"}, y=2)),
        collections.Counter("mississippi"),
        [object, Color, Point, len, Access.READ | Access.WRITE],
    ]
