"""A recorder whose connections are cut at every place where they may be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redun.recorder.batch import Batch, ExecutionStatus, ValueFormat
from redun.recorder.interface import Recorder
from redun.testing.recording import execution_start, finished_jobs, key_of, name, opened
from services.postgres import PostgresServer
from services.wire import Wire

from tests.postgres.faults.project import chance
from tests.postgres.faults.soundness import Rows, assert_references

# It is the connection that matters here, not the Python.
pytestmark = pytest.mark.slow

# How the server says that a transaction has begun and is committed, and that rows are written.
BEGUN = b"C\0\0\0\x0aBEGIN\0"
COMMITTED = b"C\0\0\0\x0bCOMMIT\0"
INSERTED = b"INSERT 0 "
FOUND = b"SELECT "


@pytest.fixture
def distant(record: str, postgres: PostgresServer, line: Wire, tmp_path: Path) -> Iterator[Recorder]:
    """A recorder at the other end of the wire."""
    uri = record.replace(f":{postgres.port}/", f":{line.port}/") + "?sslmode=disable"
    recorder = opened({"db_uri": uri}, tmp_path)
    yield recorder
    line.clear()
    recorder.close()


@pytest.fixture
def rows(record: str) -> Iterator[Rows]:
    """Ask the database, past all troubles."""
    with psycopg.connect(record, autocommit=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def test_answers_are_cut_anywhere(distant: Recorder, line: Wire, rows: Rows) -> None:
    execution = distant.start_execution(execution_start())
    for number in range(0, 200, 5):
        line.cut_after(chance.randrange(0, 1500))
        batch = finished_jobs(execution, number, 5)
        batch.tags.append(("value", name(str(number)), "k", "1"))
        distant.write(batch)
        distant.flush()
        assert len(distant.find_calls([key_of(each) for each in range(number, number + 5)])) == 5
    distant.finish_execution(execution, ExecutionStatus.DONE)
    assert line.cuts >= 15
    assert rows("SELECT count(*), min(status), max(status) FROM job") == [(200, 1, 1)]
    assert rows("SELECT count(*) FROM tag WHERE entity = 'value'") == [(40,)]
    assert rows("SELECT status FROM execution") == [(1,)]
    assert_references(rows)


@pytest.mark.parametrize("answer", [BEGUN, INSERTED, COMMITTED])
def test_the_answer_to_each_step_is_lost(distant: Recorder, line: Wire, rows: Rows, answer: bytes) -> None:
    content = bytes(range(256)) * 9000
    for times in (1, 2):
        starts = [execution_start() for _ in range(3)]
        line.cut_at(answer, times)
        keys = [distant.start_execution(start) for start in starts]
        assert rows("SELECT key, id FROM execution ORDER BY key DESC LIMIT 3")[::-1] == [
            (key, start.id) for key, start in zip(keys, starts, strict=True)
        ]
        line.cut_at(answer, times)
        batch = finished_jobs(keys[0], 0, 20, str(times))
        batch.values.append(
            (name(f"large {times}"), "bytes", len(content), "b'...'", ValueFormat.RAW, 0, content)
        )
        distant.write(batch)
        distant.flush()
        line.cut_at(answer, times)
        distant.finish_execution(keys[0], ExecutionStatus.FAILED, "ValueError: no")
        line.cut_at(answer, times)
        distant.write(Batch())
        distant.finish_execution(keys[1], ExecutionStatus.DONE)
        line.clear()
        distant.finish_execution(keys[2], ExecutionStatus.DONE)
        assert bytes(distant.load(name(f"large {times}"))) == content
    assert line.cuts >= 6
    assert rows("SELECT status, error, count(*) FROM execution GROUP BY status, error ORDER BY status") == [
        (1, None, 4),
        (3, "ValueError: no", 2),
    ]
    assert rows("SELECT count(*) FROM job") == [(40,)]


def test_look_ups_are_cut(distant: Recorder, line: Wire) -> None:
    distant.write(finished_jobs(distant.start_execution(execution_start()), 0, 2000))
    distant.flush()
    keys = [key_of(number) for number in range(2000)]
    for _ in range(10):
        line.cut_after(chance.randrange(0, 200_000))
        assert len(distant.find_evaluations(keys)) == 2000
        assert len(distant.find_calls(keys)) == 2000
    for _ in range(5):
        line.cut_at(FOUND, 2)
        assert len(distant.find_evaluations(keys)) == 2000
    line.cut()
    assert distant.load(name("7²")) == "7²".encode()
    line.cut()
    assert distant.find_valid_handles([name("none")]) == []
    line.cut()
    assert distant.reader.executions()[0].task == "work.main"  # type: ignore[attr-defined]
