"""A dataset whose shards are calls: only those that are missing or damaged are made again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun import File, Scheduler, ShardedDataset, task
from redun.tools import dataset_of

redun_namespace = "test_datasets_of_shards"

SHARDS = 20
made: Counter[int] = Counter()


@task()
def shard(number: int) -> File:
    made[number] += 1
    file = File(f"table/half={number % 2}/part-{number:02}.csv")
    file.write(f"x\n{number}\n")
    return file


@task()
def total(table: ShardedDataset) -> int:
    made[-1] += 1
    return sum(int(file.readlines()[1]) for file in table)


@task()
def main(count: int, purge: bool = False) -> Any:
    table = dataset_of([shard(number) for number in range(count)], purge_others=purge)
    return table, total(table)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made.clear()


def test_what_is_missing_or_damaged_is_made_again(reopen: Callable[[], Scheduler]) -> None:
    table, found = reopen().run(main(SHARDS))
    assert (table.path, len(table.filenames), found) == ("table", SHARDS, sum(range(SHARDS)))
    assert made == dict.fromkeys(range(-1, SHARDS), 1)
    File("table/half=1/part-03.csv").remove()
    File("table/half=1/part-17.csv").write("x\n1000\n")
    made.clear()
    again, found = reopen().run(main(SHARDS))
    assert made == {3: 1, 17: 1}
    assert (again.hash, found) == (table.hash, sum(range(SHARDS)))
    made.clear()
    reopen().run(main(SHARDS))
    assert not made


def test_other_shards(reopen: Callable[[], Scheduler]) -> None:
    reopen().run(main(4))
    with pytest.raises(ValueError, match=r"not among those given, such as .*allow_additional_files=True"):
        reopen().run(main(3))
    table, found = reopen().run(main(3, purge=True))
    assert ([File(name).basename() for name in table.filenames], found) == (
        ["part-00.csv", "part-02.csv", "part-01.csv"],
        3,
    )
    assert (
        len(reopen().run(dataset_of([[shard(0)], (shard(3),)], allow_additional_files=True)).filenames) == 4
    )


def test_datasets_are_shards_too(scheduler: Scheduler) -> None:
    schema = '{"type":"struct","fields":[{"name":"x","type":"long"}]}'
    for name in ("a", "b", "c"):
        File(f"t/{name}/part-0.csv").write("x\n1\n")
    parts = [ShardedDataset(f"t/{name}", "csv", schema=schema) for name in ("a", "b")]
    table = scheduler.run(dataset_of(parts, allow_additional_files=True))
    assert (table.path, table.schema) == ("t", parts[0].schema)
    with pytest.raises(ValueError, match=r"'t/a/part-0.csv' is among the shards more than once"):
        scheduler.run(dataset_of([*parts, File("t/a/part-0.csv")]))
    assert scheduler.run(dataset_of([*parts, File("t/c/part-0.csv")])).schema is None
    with pytest.raises(TypeError, match="are files or datasets, not 't/a'"):
        scheduler.run(dataset_of(["t/a"]))
