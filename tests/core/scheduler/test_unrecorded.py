"""Calls that are not recorded, and all that they call."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun import File, Scheduler, get_context, task
from redun.errors import TaskDefinitionError
from redun.functools import no_prov

Reopen = Callable[[], Scheduler]


@task(namespace="unrecorded", version="1")
def square(x: int) -> int:
    return x * x


@task(namespace="unrecorded", version="1", prov=False)
def hidden(n: int) -> Any:
    return [square(i) for i in range(n)]


@task(namespace="unrecorded", version="1")
def visible(n: int) -> Any:
    return {"below": hidden(n), "beside": square(n)}


@pytest.fixture
def rows(tmp_path: Path, reopen: Reopen) -> Callable[[str], list[Any]]:
    def read(query: str) -> list[Any]:
        reopen().close()
        connection = sqlite3.connect(tmp_path / "redun.db")
        try:
            return [row[0] for row in connection.execute(query)]
        finally:
            connection.close()

    return read


JOBS = "SELECT t.name FROM job j JOIN task t ON t.key = j.task ORDER BY j.execution, j.number"


def test_nothing_below_is_recorded_or_replayed(
    reopen: Reopen, witness: Any, rows: Callable[[str], list[Any]]
) -> None:
    for _ in range(2):
        assert reopen().run(visible(3)) == {"below": [0, 1, 4], "beside": 9}
        assert witness.ran("unrecorded.hidden") == 1
        assert witness.ran("unrecorded.square") - witness.ran("unrecorded.hidden") in (2, 3)
    assert rows(JOBS) == ["visible", "square", "visible", "square"]
    assert rows("SELECT count(*) FROM call_edge") == [1]
    assert rows("SELECT count(*) FROM evaluation") == [2]


def test_a_call_below_cannot_be_recorded_again(reopen: Reopen, rows: Callable[[str], list[Any]]) -> None:
    @task(namespace="unrecorded", version="1")
    def again() -> Any:
        return [square.options(prov=True)(1), square.export_options(prov=True)(2)]

    reopen().run([again.options(prov=False)()])
    assert rows(JOBS) == ["root_task"]


def test_a_call_that_is_not_recorded_may_be_by_its_caller(
    reopen: Reopen, rows: Callable[[str], list[Any]]
) -> None:
    reopen().run([hidden.options(prov=True)(1)])
    assert rows(JOBS) == ["root_task", "hidden", "square"]


@pytest.mark.parametrize("options", [{"prov": False}, {}])
def test_at_the_root_not_even_the_execution_is(
    options: dict[str, Any], reopen: Reopen, witness: Any, rows: Callable[[str], list[Any]]
) -> None:
    call = square(4) if options else hidden.options(nout=4)(4)
    assert reopen().run(call, **options) in (16, [0, 1, 4, 9])
    assert witness.executions[-1].status.name == "DONE"
    with pytest.raises(ZeroDivisionError):
        reopen().run(failing(0), prov=False)
    for table in ("execution", "job", "value", "task", "call_node", "tag"):
        assert rows(f"SELECT count(*) FROM {table}") == [0]


@task(namespace="unrecorded", version="1", tags=[("a", 1)])
def failing(x: int) -> float:
    print("some output")
    return 1 / x


def test_a_failure_below_is_told_and_recorded_above(reopen: Reopen, rows: Callable[[str], list[Any]]) -> None:
    @task(namespace="unrecorded", version="1")
    def above() -> Any:
        return failing.options(prov=False)(0)

    scheduler = reopen()
    with pytest.raises(ZeroDivisionError):
        scheduler.run(above())
    assert scheduler.failure is not None
    assert [frame.task_name for frame in scheduler.failure.frames] == [
        "unrecorded.above",
        "unrecorded.failing",
    ]
    assert rows(JOBS) == ["above"]
    assert rows("SELECT count(*) FROM tag WHERE entity = 'job'") == [0]


def test_large_values_below_are_kept_in_memory(reopen: Reopen) -> None:
    @task(namespace="unrecorded", version="1")
    def large() -> bytes:
        return b"x" * 3_000_000

    @task(namespace="unrecorded", version="1")
    def length(data: bytes, more: bytes) -> int:
        return len(data) + len(more)

    @task(namespace="unrecorded", version="1", prov=False)
    def lengths() -> Any:
        data = large()
        return length(data, data)

    assert reopen().run([lengths()]) == [6_000_000]


def test_files_below_are_tracked_above(tmp_path: Path, reopen: Reopen, witness: Any) -> None:
    path = str(tmp_path / "out.txt")

    @task(namespace="unrecorded", version="1")
    def write(text: str) -> File:
        file = File(path)
        file.write(text)
        return file

    @task(namespace="unrecorded", version="1")
    def top() -> Any:
        return no_prov(write("x"))

    reopen().run(top())
    reopen().run(top())
    assert witness.ran("unrecorded.write") == 0
    (tmp_path / "out.txt").unlink()
    reopen().run(top())
    assert witness.ran("unrecorded.write") == 1
    assert (tmp_path / "out.txt").read_text() == "x"


def test_no_prov_records_and_replays_the_value(
    reopen: Reopen, witness: Any, rows: Callable[[str], list[Any]]
) -> None:
    assert reopen().run(no_prov([square(1), square(2)])) == [1, 4]
    assert rows(JOBS) == ["no_prov"]
    assert reopen().run(no_prov([square(1), square(2)])) == [1, 4]
    assert (witness.ran(), witness.cached()) == (0, 1)


def test_no_prov_follows_code_below(reopen: Reopen, witness: Any) -> None:
    def define(version: str) -> Any:
        @task(namespace="unrecorded", name="deep", version=version)
        def deep(x: int) -> str:
            return f"{version}: {x}"

        @task(namespace="unrecorded", name="middle", version="1")
        def middle(x: int) -> Any:
            return deep(x)

        return middle

    assert reopen().run(no_prov(define("1")(3))) == "1: 3"
    assert reopen().run(no_prov(define("2")(3))) == "2: 3"
    assert reopen().run(no_prov(define("2")(3))) == "2: 3"
    assert witness.ran() == 0


def test_no_prov_follows_the_context(reopen: Reopen) -> None:
    @task(namespace="unrecorded", version="1")
    def reader(m: Any = get_context("m")) -> Any:
        return m

    for value in (1, 2, 1):
        assert reopen().run(no_prov(reader()), context={"m": value}) == value


def test_prov_is_true_or_false() -> None:
    with pytest.raises(TaskDefinitionError, match="prov must be True or False, not 1"):
        square.options(prov=1)


def test_a_recorded_call_records_what_it_is_given_by_one_that_is_not(
    reopen: Reopen, witness: Any, rows: Callable[[str], list[Any]]
) -> None:
    @task(namespace="unrecorded", version="1")
    def total(numbers: list[int], data: bytes) -> int:
        return sum(numbers) + len(data)

    @task(namespace="unrecorded", version="1", prov=False)
    def data() -> bytes:
        return b"z" * 2_000_000

    for _ in range(2):
        assert reopen().run([total(hidden(3), data())]) == [2_000_005]
    assert witness.cached("unrecorded.total") == 1
    assert rows("PRAGMA foreign_key_check") == []
    assert rows(
        "SELECT count(*) FROM argument a LEFT JOIN value v ON v.hash = a.value_hash WHERE v.hash IS NULL"
    ) == [0]
