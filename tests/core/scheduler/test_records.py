"""Records of unusual make as arguments and results."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable
from typing import Any, NamedTuple

import attrs
import pytest
from redun import File, Scheduler, task

Reopen = Callable[[], Scheduler]


@dataclasses.dataclass
class Mixin:
    size: str
    legs: int


class Creature(Mixin, enum.Enum):
    BEETLE = "small", 6
    DOG = "medium", 4


@dataclasses.dataclass
class Named(list[int]):
    name: str

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name,), None, iter(self)


@dataclasses.dataclass(frozen=True)
class Choosy:
    x: Any

    def __new__(cls, x: Any) -> Choosy:
        return object.__new__(cls)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.x,)


class Pair(NamedTuple):
    left: Any
    right: Any


@attrs.frozen
class Sample:
    name: str
    reads: Any


@dataclasses.dataclass(frozen=True, slots=True)
class Batch:
    samples: tuple[Any, ...]


def named() -> Named:
    value = Named("numbers")
    value.append(5)
    return value


@task(namespace="records", version="1")
def take(value: Any) -> Any:
    return value


@pytest.mark.parametrize("value", [Creature.DOG, Choosy([1]), Pair(1, {2}), Sample("a", [1])])
def test_a_record_arrives_as_it_was_given(reopen: Reopen, witness: Any, value: Any) -> None:
    assert reopen().run(take(value)) == value
    assert reopen().run(take(value)) == value
    assert witness.ran() == 0
    assert reopen().run(take([take(value)])) == [value]


def test_a_record_that_is_a_list_too_keeps_its_items(scheduler: Scheduler) -> None:
    result = scheduler.run(take(named()))
    assert (list(result), result.name) == ([5], "numbers")


def test_expressions_in_records_are_evaluated(scheduler: Scheduler) -> None:
    assert scheduler.run(take([Choosy(take(1)), Pair(take(2), Sample("a", take(3)))])) == [
        Choosy(1),
        Pair(2, Sample("a", 3)),
    ]


@task(namespace="records", version="1")
def write(folder: str) -> Any:
    file = File(f"{folder}/out.txt")
    file.write("reads")
    return Batch((Sample("a", Pair(file, [file])),))


def test_files_deep_in_records_are_looked_at_before_a_replay(
    reopen: Reopen, witness: Any, tmp_path: Any
) -> None:
    reopen().run(write(str(tmp_path)))
    reopen().run(write(str(tmp_path)))
    assert witness.ran() == 0
    (tmp_path / "out.txt").unlink()
    assert reopen().run(write(str(tmp_path))).samples[0].reads.left.read() == "reads"
    assert witness.ran() == 1
