"""What many calls are given travels once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import attrs
import pytest
from redun import task
from redun.executors.remote.arguments import decode_arguments
from redun_executor_spark.waves.jobs import Sent
from redun_executor_spark.waves.order import unpack_calls
from redun_executor_spark.waves.packing import packed
from redun_executor_spark.waves.parcels import Larder, Parcels

numpy = pytest.importorskip("numpy")

redun_namespace = "packing"


@task()
def part_of(table: Any, number: int) -> float:
    return float(table[number])


@attrs.frozen
class Policy:
    options: dict[str, Any] = attrs.field(factory=dict)


@attrs.frozen(eq=False)
class Work:
    given: tuple[Any, ...]
    task: Any = part_of
    policy: Policy = Policy()
    eval_hash: bytes = bytes(20)
    job_id: str = f"{0:032x}.1"

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return self.given, {}


def calls_with(table: Any, count: int) -> list[Sent]:
    batch: Any = None
    # Each has read it by itself, as calls of which each waited for another task.
    return [Sent(Work((table.copy(), number)), number, 0, batch) for number in range(count)]  # type: ignore[arg-type]


def given(data: bytes) -> list[tuple[Any, ...]]:
    """Return what the calls of a partition are given where they run."""
    larder = Larder()
    return [decode_arguments(larder.arguments(call.arguments))[0] for call in unpack_calls(data)]


def never(call: Sent, error: Exception) -> None:
    raise error


def test_through_the_driver_it_travels_once_with_each_partition() -> None:
    table = numpy.random.default_rng(0).random(100_000)
    ((data, calls),) = packed(calls_with(table, 50), Parcels(None), never)
    assert len(calls) == 50
    assert len(data) < 1.1 * table.nbytes
    assert [(number, float(found[number])) for found, number in given(data)] == [
        (number, float(table[number])) for number in range(50)
    ]
    # What differs is bounded as ever.
    different = [call for number in range(50) for call in calls_with(table + number, 1)]
    partitions = packed(different, Parcels(None), never)
    assert sum(len(calls) for _, calls in partitions) == 50
    assert max(len(data) for data, _ in partitions) < 17 << 20


def test_in_the_scratch_folder_it_lies_once(tmp_path: Path) -> None:
    table = numpy.random.default_rng(0).random(400_000)
    parcels = Parcels(str(tmp_path))
    calls = calls_with(table, 50)
    ((data, _),) = packed(calls, parcels, never)
    (left,) = tmp_path.iterdir()
    assert left.stat().st_size < 1.01 * table.nbytes
    assert len(data) < 50_000
    found = given(data)
    assert all((copy == table).all() for copy, _ in found)
    # A call that is sent again is sent as before.
    assert packed(calls[:1], parcels, never)[0][0] == packed(calls[:1], parcels, never)[0][0]
    for call in calls:
        assert os.listdir(tmp_path) == [left.name]
        parcels.release(call.parcels)
    assert os.listdir(tmp_path) == []


def test_a_partition_fetches_it_once(tmp_path: Path) -> None:
    parcels = Parcels(str(tmp_path))
    ((data, _),) = packed(calls_with(numpy.zeros(400_000), 2), parcels, never)
    first, second = unpack_calls(data)
    larder = Larder()
    before = larder.arguments(first.arguments)
    next(tmp_path.iterdir()).unlink()
    assert larder.arguments(second.arguments)[-1] is before[-1]
    with pytest.raises(OSError, match="No such file"):
        Larder().arguments(first.arguments)
