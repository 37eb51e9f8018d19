"""`redun db copy`, from SQLite to PostgreSQL and back."""

from __future__ import annotations

import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import warm
from click.testing import CliRunner
from redun import Scheduler, task
from redun.config import Config
from redun.errors import RecorderError
from redun.query import open_record
from redun.query.opening import changing, open_database
from redun.recorder.value_store import FolderValueStore
from redun.transfer.whole.copying import copy_record
from redun_cli.main import redun

# What `test_postgres_copy_said` copies is enough for the other Pythons.
pytestmark = pytest.mark.slow

redun_namespace = "tests.postgres.copy"
LARGE = 3 << 20


@task
def large(number: int) -> bytes:
    return bytes([number]) * LARGE


@task
def fails(number: int) -> int:
    raise ValueError(f"no {number}\0 at all")


@task
def each(numbers: list[int]) -> list[int]:
    return [double(number) for number in numbers]


@task(tags=[("kind", "leaf")])
def double(number: int) -> int:
    print(f"number {number}")
    return 2 * number


@task
def sizes(count: int) -> list[int]:
    return [length(large(number)) for number in range(count)]


@task
def length(content: bytes) -> int:
    return len(content)


def scheduler(database: str | Path, **backend: str) -> Scheduler:
    uri = str(database) if "://" in str(database) else f"sqlite:///{database}"
    return Scheduler(Config({"backend": {"db_uri": uri, **backend}}))


def record(database: str | Path, **backend: str) -> None:
    """Record executions of all kinds."""
    with scheduler(database, **backend) as one:
        assert one.run(each([1, 2, 3]), tags=[("project", "copies")]) == [2, 4, 6]
        assert one.run(sizes(2)) == [LARGE, LARGE]
        with pytest.raises(ValueError, match="no 7"):
            one.run(fails(7))


def command(*words: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(redun, [str(word) for word in words], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    assert (result.return_value or 0) == code, result.output
    return result.stdout


def counts(database: str | Path) -> dict[str, int]:
    tables = ("execution", "job", "call_node", "value", "evaluation", "argument", "tag", "output", "task")
    if "://" in str(database):
        with psycopg.connect(str(database)) as server:
            return {name: server.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}  # type: ignore[call-overload,index]
    with closing(sqlite3.connect(database)) as file:
        return {name: file.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}


def test_a_record_goes_to_postgresql_and_back(record_url: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first" / "redun.db", tmp_path / "second" / "redun.db"
    record(first)
    output = command("db", "copy", first, record_url)
    assert "Compared row by row: the copy has all of it." in output
    assert counts(record_url) == counts(first)
    assert "no problems" in command("db", "check", "--deep", record_url)
    # Again, and nothing is new.
    assert ", 0 new." in command("db", "copy", first, record_url)
    command("db", "copy", record_url, second)
    assert counts(second) == counts(first)
    assert "no problems" in command("db", "check", "--deep", second)
    # Nothing runs again, in either.
    for place in (record_url, second):
        with scheduler(place) as one:
            assert one.run(each([1, 2, 3])) == [2, 4, 6]
            assert one.run(sizes(2)) == [LARGE, LARGE]
        with open_record(place) as opened:
            newest = opened.executions().first()
            assert newest is not None
            assert {job.status for job in opened.jobs(execution=newest)} == {"CACHED"}
    with open_record(second) as opened:
        (failed,) = opened.executions(status="FAILED")
        assert failed.job is not None


def test_keys_that_differ_are_mapped(record_url: str, tmp_path: Path) -> None:
    # The target has keys that were used before.
    with psycopg.connect(record_url, autocommit=True) as server:
        for table in ("execution", "task"):
            server.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'key'), 1000)")  # type: ignore[call-overload]
    path = tmp_path / "redun.db"
    record(path)
    command("db", "copy", path, record_url)
    with psycopg.connect(record_url) as server:
        ((least,),) = server.execute("SELECT min(key) FROM execution").fetchall()
        assert least > 1000
    with open_record(path) as one, open_record(record_url) as other:
        for ours, theirs in zip(one.executions(), other.executions(), strict=True):
            assert (ours.id, ours.status) == (theirs.id, theirs.status)
            assert [(job.id, job.status, job.task) for job in one.jobs(execution=ours)] == [
                (job.id, job.status, job.task) for job in other.jobs(execution=theirs)
            ]


def test_large_values_go_from_store_to_store(record_url: str, tmp_path: Path) -> None:
    path, large, back = tmp_path / "redun.db", tmp_path / "large", tmp_path / "back" / "redun.db"
    record(path)
    output = command("db", "copy", path, record_url, "--target-values", large)
    assert "2 large values copied from one value store to the other." in output
    assert len([file for file in large.rglob("*") if file.is_file()]) == 2
    with psycopg.connect(record_url) as server:
        ((stored,),) = server.execute("SELECT count(*) FROM value WHERE store IS NOT NULL").fetchall()
        assert stored == 2
    with scheduler(record_url, value_store_path=str(large)) as one:
        assert one.run(sizes(2)) == [LARGE, LARGE]
    # Without being told where they are.
    output = command("db", "copy", record_url, back, code=1)
    assert "the payloads of 2 values are gone or damaged" in output
    assert "--source-values" in output
    command("db", "copy", record_url, back, "--source-values", large)
    assert "no problems" in command("db", "check", "--deep", back)


def test_a_target_with_a_history_of_its_own_is_refused(record_url: str, tmp_path: Path) -> None:
    record(record_url)
    record(tmp_path / "redun.db")
    before = counts(record_url)
    with pytest.raises(
        RecorderError, match=r"is no copy of .*redun.db: it holds 3 execution\(s\).*redun push"
    ):
        command("db", "copy", tmp_path / "redun.db", record_url)
    assert counts(record_url) == before
    with pytest.raises(RecorderError, match="cannot be copied to itself"):
        command("db", "copy", record_url, record_url)


def test_a_copy_that_is_killed_goes_on_where_it_was(record_url: str, tmp_path: Path) -> None:
    path = tmp_path / "redun.db"
    with scheduler(path) as one:
        one.run(each(list(range(150))))
        one.run(sizes(3))
    words = [sys.executable, "-c", KILLED, str(path), record_url]
    for step in (2, 7):
        done = warm.run([*words, str(step)], capture_output=True, text=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr
        with closing(sqlite3.connect(path)) as connection, connection:
            # Its last sign of life is almost ten seconds old, when others believe that it is gone.
            connection.execute("UPDATE sweep SET heartbeat = heartbeat - 9800000 WHERE ended IS NULL")
        assert "problem: " not in command("db", "check", record_url)
    assert "Compared row by row" in command("db", "copy", path, record_url)
    assert counts(record_url) == counts(path)
    assert "no problems" in command("db", "check", "--deep", record_url)


KILLED = """
import os, signal, sys
from click.testing import CliRunner
from redun.transfer.whole import copying

write, steps = copying._Work.write, 0

def write_some(work, table, rows):
    global steps
    steps += 1
    if steps == int(sys.argv[3]):
        write(work, table, rows[: len(rows) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    write(work, table, rows)

copying._Work.write = write_some
copying.pages.__globals__["_ROWS"] = 100
from redun_cli.main import redun
result = CliRunner().invoke(redun, ["db", "copy", *sys.argv[1:3]], standalone_mode=False)
raise result.exception or SystemExit(0)
"""


def test_a_copy_bears_with_a_lost_connection(record_url: str, tmp_path: Path) -> None:
    path = tmp_path / "redun.db"
    record(path)
    lost: list[str] = []

    def lose(what: str, _count: int) -> None:
        if what in {"call_node", "job", "value, comparing"}:
            with psycopg.connect(record_url, autocommit=True) as server:
                ended = server.execute(
                    "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    " AND backend_type = 'client backend'"
                ).fetchall()
            assert ended
            lost.append(what)

    with closing(open_database(path)) as source, changing(record_url) as target:
        done = copy_record(source, target, tell=lose, source_store=FolderValueStore(tmp_path / "values"))
    assert set(lost) == {"call_node", "job", "value, comparing"}
    assert (done.lost, done.differing) == ([], {})
    assert counts(record_url) == counts(path)


def test_a_record_is_copied_beside_a_run(record_url: str, tmp_path: Path) -> None:
    path, stop = tmp_path / "redun.db", tmp_path / "stop"
    record(path)
    with warm.Popen([sys.executable, "-c", WRITING, str(path), str(stop)]) as writing:
        try:
            for _ in range(2):
                before = counts(path)["execution"]
                assert "the copy has all of it" in command("db", "copy", path, record_url)
                assert counts(record_url)["execution"] >= before
                assert "problem: " not in command("db", "check", record_url)
                end = time.monotonic() + 60
                while counts(path)["execution"] == before:
                    assert time.monotonic() < end
                    time.sleep(0.05)
        finally:
            stop.touch()
    assert writing.returncode == 0
    command("db", "copy", path, record_url)
    assert counts(record_url) == counts(path)
    assert "no problems" in command("db", "check", "--deep", record_url)


WRITING = """
import pathlib, sys, time
from redun import Scheduler, task
from redun.config import Config

@task(namespace="writing")
def one(number):
    return number

@task(namespace="writing")
def many(start):
    return [one(start + number) for number in range(5)]

with Scheduler(Config({"backend": {"db_uri": "sqlite:///" + sys.argv[1]}})) as scheduler:
    start = 0
    while not pathlib.Path(sys.argv[2]).exists():
        scheduler.run(many(start))
        start += 5
        time.sleep(0.1)
"""


@pytest.fixture
def record_url(record: str) -> str:
    return record
