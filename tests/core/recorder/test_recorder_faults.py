"""What may happen to a database in the middle of a run."""

from __future__ import annotations

import contextlib
import logging
import random
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from recorder_rows import check, eval_hash, jobs, query, start
from redun.errors import DatabaseFullError, DatabaseLockedError, DatabaseUnwritableError, RecorderError
from redun.recorder import patience, writer
from redun.recorder.batch import ExecutionStatus
from redun.recorder.sqlite import SqliteRecorder

pytestmark = pytest.mark.slow

Opener = Callable[[], SqliteRecorder]
Spawn = Callable[..., subprocess.Popen[str]]


def held(path: Path, seconds: float) -> threading.Thread:
    """Hold a database exclusively for some time, on a thread that has begun to."""
    begun = threading.Event()

    def hold() -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        begun.set()
        time.sleep(seconds)
        connection.execute("COMMIT")
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait()
    return thread


def test_a_database_held_for_three_seconds_is_waited_for(
    path: Path, opened: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = opened()
    execution = recorder.start_execution(start())
    thread = held(path, 3)
    with caplog.at_level(logging.WARNING, "redun"):
        recorder.write(jobs(execution, 0, 10))
        recorder.flush()
    thread.join()
    assert query(path, "SELECT COUNT(*) FROM job") == [(10,)]
    assert f"waiting for the database {path}, held by another process" in caplog.text


def test_opening_waits_too(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    thread = held(path, 2)
    SqliteRecorder(path).close()
    thread.join()
    check(path)


def test_waiting_has_an_end_and_loses_nothing(
    path: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = opened()
    execution = recorder.start_execution(start())
    monkeypatch.setattr(patience, "LIMIT_S", 0.2)
    thread = held(path, 3)
    recorder.write(jobs(execution, 0, 10))
    with pytest.raises(DatabaseLockedError, match=f"(?s){path}.*fuser"):
        recorder.flush()
    # Every call says so until it works again.
    with pytest.raises(DatabaseLockedError):
        recorder.find_evaluations([eval_hash(0)])
    with pytest.raises(DatabaseLockedError):
        recorder.write(jobs(execution, 10, 10))
    thread.join()
    recorder.flush()
    assert len(recorder.find_evaluations([eval_hash(number) for number in range(20)])) == 20


def test_a_full_disk_loses_nothing_when_space_comes_back(small_disk: Path) -> None:
    path = small_disk / "redun.db"
    recorder = SqliteRecorder(path)
    execution = recorder.start_execution(start())
    ballast = small_disk / "ballast"
    fill(ballast)
    written = 0
    failure: RecorderError | None = None
    while failure is None and written < 10_000:
        try:
            recorder.write(jobs(execution, written, 500))
            recorder.flush()
        except RecorderError as error:
            failure = error
        written += 500
    assert isinstance(failure, DatabaseFullError)
    assert f"{path}: free some" in str(failure)
    check_readable(path)
    with pytest.raises(DatabaseFullError):
        recorder.close()
    ballast.unlink()
    recorder.finish_execution(execution, ExecutionStatus.DONE)
    recorder.close()
    check(path)
    assert query(path, "SELECT COUNT(*) FROM job") == [(written,)]
    assert query(path, "SELECT status FROM execution") == [(ExecutionStatus.DONE,)]


def fill(ballast: Path) -> None:
    """Leave about a megabyte of the small disk."""
    ballast.write_bytes(bytes(2_500_000))


def check_readable(path: Path) -> None:
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    connection.close()


def test_a_full_disk_is_tried_again_without_being_asked(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_RETRY_S", 0.05)
    path = small_disk / "redun.db"
    recorder = SqliteRecorder(path)
    execution = recorder.start_execution(start())
    ballast = small_disk / "ballast"
    fill(ballast)
    recorder.write(jobs(execution, 0, 5000))
    with pytest.raises(DatabaseFullError):
        recorder.flush()
    ballast.unlink()
    limit = time.monotonic() + 10
    while query(path, "SELECT COUNT(*) FROM job") != [(5000,)]:
        assert time.monotonic() < limit
        time.sleep(0.05)
    assert len(recorder.find_evaluations([eval_hash(number) for number in range(5000)])) == 5000
    recorder.close()


def test_a_disk_that_becomes_read_only(small_disk: Path) -> None:
    path = small_disk / "redun.db"
    recorder = SqliteRecorder(path)
    execution = recorder.start_execution(start())
    # Open files keep a file system from becoming read-only, so that the database is what is taken away.
    recorder._session.connection.execute("PRAGMA query_only = 1")
    recorder.write(jobs(execution, 0, 10))
    with pytest.raises(DatabaseUnwritableError, match=str(path)):
        recorder.flush()
    recorder._session.connection.execute("PRAGMA query_only = 0")
    recorder.close()
    assert query(path, "SELECT COUNT(*) FROM job") == [(10,)]


def test_what_fails_in_the_middle_is_not_half_written(
    path: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = opened()
    execution = recorder.start_execution(start())
    # The jobs come last: a constraint that they break fails after everything else was inserted.
    recorder._writer.call(
        lambda: recorder._session.connection.execute(
            "CREATE TRIGGER trap BEFORE INSERT ON job BEGIN SELECT RAISE(ABORT, 'a trap'); END"
        )
    )
    recorder.write(jobs(execution, 0, 100))
    with pytest.raises(RecorderError, match="a trap"):
        recorder.flush()
    for table in ("job", "value", "task", "argument", "evaluation", "call_node"):
        assert query(path, f"SELECT COUNT(*) FROM {table}") == [(0,)]
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER trap")
    recorder.flush()
    assert query(path, "SELECT COUNT(*) FROM job") == [(100,)]
    assert query(path, "SELECT COUNT(*) FROM value") == [(200,)]


_WRITE_FOREVER = """
import sys
from redun.recorder import flood
from redun.recorder.sqlite import SqliteRecorder
from recorder_rows import jobs, start
flood._FLOOD_ROWS, flood._MERGE_ROWS = 3_000, 9_000
recorder = SqliteRecorder(sys.argv[1])
execution = recorder.start_execution(start())
print(execution, flush=True)
for first in range(0, 10**9, 100):
    recorder.write(jobs(execution, first, 100, sys.argv[2]))
    if first % 500 == 0:
        recorder.flush()
        print(first + 100, flush=True)
"""


def test_a_process_killed_at_any_moment_leaves_a_whole_database(path: Path, spawn: Spawn) -> None:
    moment = random.Random(7)
    for attempt in range(8):
        process = spawn(_WRITE_FOREVER, path, attempt)
        assert process.stdout is not None
        execution = int(process.stdout.readline() or process.communicate()[1])
        time.sleep(moment.uniform(0.0, 0.6))
        process.kill()
        said = [int(line) for line in process.communicate()[0].split()]
        recorder = SqliteRecorder(path)
        check(path)
        # What was said to be on disk is there, every job of it.
        promised = said[-1] if said else 0
        found = recorder.find_evaluations([eval_hash(number, str(attempt)) for number in range(promised)])
        assert len(found) == promised
        ((count,),) = query(path, "SELECT COUNT(*) FROM job WHERE execution = ?", execution)
        assert isinstance(count, int)
        assert count >= promised
        recorder.close()


_ROUNDS = """
import sys
from redun.recorder import flood
from redun.recorder.batch import ExecutionStatus
from redun.recorder.sqlite import SqliteRecorder
from recorder_rows import eval_hash, jobs, start
flood._FLOOD_ROWS, flood._MERGE_ROWS = 2_000, 5_000
for number in range(int(sys.argv[2])):
    recorder = SqliteRecorder(sys.argv[1])
    execution = recorder.start_execution(start())
    for first in range(0, 1000, 100):
        # Half of the calls are those of the other processes too.
        recorder.write(jobs(execution, first, 100, "" if first % 200 else sys.argv[3]))
        recorder.find_evaluations([eval_hash(job) for job in range(first, first + 100)])
    recorder.finish_execution(execution, ExecutionStatus.DONE)
    recorder.close()
"""


def test_four_processes_write_to_one_database(path: Path, spawn: Spawn) -> None:
    rounds = 6
    processes = [spawn(_ROUNDS, path, rounds, label) for label in "abcd"]
    for process in processes:
        out, err = process.communicate(timeout=300)
        assert (process.returncode, out) == (0, "")
        # On a busy machine one may wait long enough for the others to say so.
        assert all(line.startswith("waiting for the database") for line in err.splitlines()), err
    check(path)
    assert query(path, "SELECT COUNT(*) FROM execution WHERE status = 1") == [(4 * rounds,)]
    assert query(path, "SELECT COUNT(*) FROM job WHERE status = 1") == [(4 * rounds * 1000,)]
    # 500 shared by all, and 500 of each.
    assert query(path, "SELECT COUNT(*) FROM evaluation") == [(2500,)]
    assert query(path, "SELECT COUNT(*) FROM call_node") == [(2500,)]
    assert query(path, "SELECT name FROM sqlite_master WHERE name LIKE 'staged%'") == []


def test_a_recorder_that_nobody_closed_is_closed_at_exit(path: Path, spawn: Spawn) -> None:
    code = """
import sys
from redun.recorder.sqlite import SqliteRecorder
from recorder_rows import jobs, start
recorder = SqliteRecorder(sys.argv[1])
recorder.write(jobs(recorder.start_execution(start()), 0, 100))
"""
    process = spawn(code, path)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")
    assert query(path, "SELECT COUNT(*) FROM job") == [(100,)]


def test_a_transaction_that_raises_is_undone(path: Path, opened: Opener) -> None:
    session = opened()._session
    with contextlib.suppress(ZeroDivisionError), session.transaction() as connection:
        connection.execute("INSERT INTO tag VALUES ('task', x'00', 'k', '1')")
        raise ZeroDivisionError
    with session.transaction() as connection:
        connection.execute("INSERT INTO tag VALUES ('task', x'00', 'k', '2')")
    assert query(path, "SELECT value FROM tag") == [("2",)]
