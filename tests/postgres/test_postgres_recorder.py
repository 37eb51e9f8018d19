"""A workflow is recorded in PostgreSQL, found there by others, and replayed from it."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import psycopg
import pytest
from redun import File, Scheduler, catch, task
from redun.config import Config
from redun.errors import RecorderError, UnserializableValueError
from redun.recorder.batch import Batch
from redun_backend_postgres.recorder import PostgresRecorder

redun_namespace = "postgres_recorder"

calls: list[int] = []


@task(version="1")
def double(x: int) -> int:
    calls.append(x)
    return 2 * x


@task(version="1")
def doubles(n: int) -> list[int]:
    return [double(i) for i in range(n)]


@task(version="1")
def write_file(path: str, text: str) -> File:
    file = File(path)
    file.write(text)
    return file


@task(version="1")
def large(size: int) -> bytes:
    return b"\1\0\xff" * size


@task(version="1")
def fail(text: str) -> str:
    raise ValueError(text)


@task(version="1")
def recover(error: Exception) -> str:
    return f"recovered from {error}"


@task(version="1")
def odd_texts() -> dict[str, str]:
    return {"nul \0 and half a character \udc80": "\0"}


@pytest.fixture(autouse=True)
def none_called() -> None:
    calls.clear()


def scheduler(url: str, **options: str) -> Scheduler:
    return Scheduler(Config({"backend": {"db_uri": url, **options}}))


def query(url: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(sql).fetchall()


def test_runs_are_recorded_and_replayed(record: str, here: Path) -> None:
    with scheduler(record) as first:
        assert first.run(doubles(100)) == [2 * i for i in range(100)]
        assert first.run(write_file(str(here / "a.txt"), "text")).read() == "text"
        assert first.run(catch(fail("why"), ValueError, recover)) == "recovered from why"
    assert len(calls) == 100
    with scheduler(record) as second:
        assert second.run(doubles(100)) == [2 * i for i in range(100)]
        assert second.run(doubles(110))[-1] == 218
        assert second.run(write_file(str(here / "a.txt"), "text")).read() == "text"
    assert len(calls) == 110
    assert query(record, "SELECT status, count(*) FROM execution GROUP BY status") == [(1, 6)]
    assert query(record, "SELECT count(*) FROM job WHERE status = 3") == [(1,)]
    assert query(record, "SELECT count(*) >= 101 FROM job WHERE status = 2") == [(True,)]
    assert query(record, "SELECT count(*) FROM job WHERE status NOT IN (1, 2, 3)") == [(0,)]


def test_the_last_row_of_a_key_counts_also_within_one_batch(record: str) -> None:
    key, first, last = bytes(20), b"1" * 20, b"2" * 20
    recorder = PostgresRecorder(record)
    batch = Batch()
    batch.values = [(value, "int", 1, "1", 0, 0, b"1") for value in (last, first, first)]
    batch.evaluations = [(key, first), (key, last)]
    batch.handles = [
        (key, "conn", "", 1),
        (key, "conn", "", 0),
        (first, "conn", "", 0),
        (first, "conn", "", 1),
    ]
    recorder.write(batch)
    recorder.flush()
    assert recorder.find_evaluations([key, first])[key].hash == last
    assert recorder.find_valid_handles([key, first]) == [first]
    recorder.close()


def test_texts_that_the_database_cannot_hold_are_spelled_out(record: str, here: Path) -> None:
    name = "odd \udc80 name"
    with scheduler(record) as one:
        assert one.run(odd_texts()) == {"nul \0 and half a character \udc80": "\0"}
        assert one.run(write_file(name, "text")).read() == "text"
        with pytest.raises(ValueError, match="a NUL"):
            one.run(fail("a NUL \0 and \udc80"), tags=[("odd \0", "\0 \udc80")])
    with scheduler(record) as other:
        assert other.run(odd_texts()) == {"nul \0 and half a character \udc80": "\0"}
    assert query(record, r"SELECT path FROM file WHERE path LIKE 'odd%'") == [(r"odd \udc80 name",)]
    errors = query(record, "SELECT error FROM execution WHERE status = 3")
    assert errors == [(r"ValueError: a NUL \x00 and \udc80",)]


def test_large_values_are_kept_in_the_database(record: str) -> None:
    with scheduler(record) as one:
        sizes = [1, 100_000, 700_000]
        first = one.run([large(size) for size in sizes])
    with scheduler(record) as other:
        assert other.run([large(size) for size in sizes]) == first
    ran = "SELECT count(*) FROM job j JOIN task t ON t.key = j.task WHERE reason > 0 AND t.name = 'large'"
    assert query(record, ran) == [(3,)]
    assert query(record, "SELECT max(length(blob)) > 2000000, count(store) FROM value") == [(True, 0)]


def test_a_value_that_no_field_holds_is_refused(record: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redun_backend_postgres.connection._FIELD_BYTES", 1_000_000)
    recorder = PostgresRecorder(record)
    batch = Batch()
    batch.values = [(bytes(20), "bytes", 1_000_001, "b''", 0, 0, bytes(1_000_001))]
    recorder.write(batch)
    with pytest.raises(RecorderError, match=r"of 1,000,001 bytes is to be recorded, .*`value_store_path`"):
        recorder.flush()
    monkeypatch.undo()
    recorder.close()


def test_two_schedulers_share_results(record: str) -> None:
    with scheduler(record) as one, scheduler(record) as other:
        assert one.run(doubles(20)) == other.run(doubles(20))
        assert other.run(double(30)) == one.run(double(30))
    assert len(calls) == 21


def test_a_forked_process_leaves_the_connections_alone(record: str) -> None:
    with scheduler(record) as one:
        assert one.run(double(1)) == 2
        child = multiprocessing.get_context("fork").Process(target=_use_inherited, args=(one,))
        child.start()
        child.join(60)
        assert child.exitcode == 0
        assert one.run(doubles(5)) == [0, 2, 4, 6, 8]


def _use_inherited(one: Scheduler) -> None:
    with one._recorder._looking.looking() as connection:  # type: ignore[union-attr]
        assert connection.execute("SELECT count(*) FROM execution").fetchone() == (1,)


def test_an_empty_database_and_one_of_another_schema_are_told(database: str, record: str) -> None:
    with pytest.raises(RecorderError, match="has no tables of redun yet: `redun db upgrade` makes them"):
        PostgresRecorder(database)
    with psycopg.connect(record) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '99.0'")
    with pytest.raises(RecorderError, match=r"has schema 99\.0, and this redun knows schemas up to"):
        PostgresRecorder(record)


def test_a_value_that_no_row_can_hold_fails_its_task(record: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redun_backend_postgres.recorder.LARGEST_VALUE", 2 << 20)
    with (
        Scheduler(Config({"backend": {"db_uri": record}})) as scheduler,
        pytest.raises(
            UnserializableValueError,
            match=r"takes 3,145,\d+ bytes.*only in a value store \(value_store_path\)",
        ),
    ):
        scheduler.run(three_mebibytes())


def test_with_a_value_store_it_is_kept_there(
    record: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redun_backend_postgres.recorder.LARGEST_VALUE", 2 << 20)
    backend = {"db_uri": record, "value_store_path": str(tmp_path / "large")}
    for _ in range(2):
        with Scheduler(Config({"backend": backend})) as scheduler:
            assert scheduler.run(three_mebibytes()) == bytes(3 << 20)
    assert len([path for path in (tmp_path / "large").rglob("*") if path.is_file()]) == 1


@task(namespace="tests.postgres.recorder")
def three_mebibytes() -> bytes:
    return bytes(3 << 20)
