from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from recorder_rows import TASK, jobs, name, query, start
from redun import __version__
from redun.errors import RecorderError
from redun.recorder import writer
from redun.recorder.batch import ExecutionStatus, JobStatus, Reason
from redun.recorder.liveness import this_host
from redun.recorder.sqlite import SqliteRecorder

Opener = Callable[[], SqliteRecorder]
Spawn = Callable[..., subprocess.Popen[str]]

_RUN = """
import sys, time
from redun.recorder.batch import JobStatus
from redun.recorder.sqlite import SqliteRecorder
from recorder_rows import TASK, jobs, name, start
recorder = SqliteRecorder(sys.argv[1])
execution = recorder.start_execution(start())
batch = jobs(execution, 0, 3)
batch.jobs[execution, 3] = (None, TASK, name("key"), None, JobStatus.RUNNING, 1, None, 5, None)
recorder.write(batch)
recorder.flush()
print(execution, flush=True)
time.sleep(60)
"""


def run_and_kill(path: Path, spawn: Spawn) -> int:
    process = spawn(_RUN, path)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()
    process.kill()
    process.wait()
    return int(line)


def statuses(path: Path, execution: int) -> list[object]:
    rows = query(path, "SELECT status FROM job WHERE execution = ? ORDER BY number", execution)
    return [status for (status,) in rows]


def test_a_start_is_on_disk_at_once(path: Path, opened: Opener) -> None:
    beginning = start()
    key = opened().start_execution(beginning)
    assert query(
        path, "SELECT key, id, argv, task, status, started, ended, host, pid, version, error FROM execution"
    ) == [
        (
            key,
            beginning.id,
            json.dumps(beginning.argv),
            "work.main",
            0,
            beginning.started,
            None,
            this_host(),
            os.getpid(),
            __version__,
            None,
        )
    ]
    assert query(path, "SELECT * FROM tag") == [("execution", beginning.id, "project", '"x"')]


def test_a_start_that_is_tried_again_is_recorded_once(path: Path, opened: Opener) -> None:
    beginning = start()
    recorder = opened()
    assert recorder.start_execution(beginning) == recorder.start_execution(beginning)
    assert query(path, "SELECT count(*) FROM execution") == [(1,)]
    with pytest.raises(RecorderError, match="is used already"):
        recorder.start_execution(attrs.evolve(beginning, started=beginning.started + 1))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (ExecutionStatus.DONE, None),
        (ExecutionStatus.FAILED, "ValueError: no"),
        (ExecutionStatus.CANCELLED, None),
    ],
)
def test_a_finish_is_on_disk_with_all_that_came_before(
    path: Path, opened: Opener, status: ExecutionStatus, error: str | None
) -> None:
    recorder = opened()
    key = recorder.start_execution(start())
    batch = jobs(key, 0, 3)
    batch.jobs[key, 3] = (None, TASK, name("key"), None, JobStatus.RUNNING, Reason.NEW, None, 5, None)
    recorder.write(batch)
    recorder.finish_execution(key, status, error)
    ((stored, ended, message),) = query(path, "SELECT status, ended > started, error FROM execution")
    assert (stored, ended, message) == (status, 1, error)
    # What was running when the execution ended never ended itself.
    assert statuses(path, key) == [JobStatus.DONE] * 3 + [JobStatus.CANCELLED]


def test_a_running_execution_gives_signs_of_life(
    path: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_HEARTBEAT_S", 0.05)
    recorder = opened()
    running, finished = recorder.start_execution(start()), recorder.start_execution(start())
    recorder.finish_execution(finished, ExecutionStatus.DONE)
    before = dict(query(path, "SELECT key, heartbeat FROM execution"))
    limit = time.monotonic() + 10
    while True:
        now = dict(query(path, "SELECT key, heartbeat FROM execution"))
        if now[running] > before[running]:
            break
        assert time.monotonic() < limit
        time.sleep(0.02)
    assert now[finished] == before[finished]


def test_a_killed_execution_is_closed_by_the_next_one(path: Path, opened: Opener, spawn: Spawn) -> None:
    killed = run_and_kill(path, spawn)
    assert query(path, "SELECT status FROM execution") == [(ExecutionStatus.RUNNING,)]
    opened().start_execution(start())
    assert query(path, "SELECT status, ended = heartbeat FROM execution WHERE key = ?", killed) == [
        (ExecutionStatus.CRASHED, 1)
    ]
    assert statuses(path, killed) == [JobStatus.DONE] * 3 + [JobStatus.LOST]


def test_a_living_execution_is_left_alone(path: Path, opened: Opener, spawn: Spawn) -> None:
    process = spawn(_RUN, path)
    assert process.stdout is not None
    living = int(process.stdout.readline())
    opened().start_execution(start())
    assert query(path, "SELECT status FROM execution WHERE key = ?", living) == [(ExecutionStatus.RUNNING,)]
    assert statuses(path, living) == [JobStatus.DONE] * 3 + [JobStatus.RUNNING]


def test_one_taken_for_dead_by_mistake_lives_again(
    path: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_HEARTBEAT_S", 0.05)
    recorder = opened()
    key = recorder.start_execution(start())
    recorder._writer.call(
        lambda: recorder._session.connection.execute(
            "UPDATE execution SET status = 5, ended = 1 WHERE key = ?", (key,)
        )
    )
    limit = time.monotonic() + 10
    while query(path, "SELECT status, ended FROM execution") != [(ExecutionStatus.RUNNING, None)]:
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_a_heartbeat_does_not_wait_for_a_locked_database(
    path: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_HEARTBEAT_S", 0.05)
    recorder = opened()
    recorder.start_execution(start())
    other = opened()
    with other._session.transaction():
        time.sleep(0.3)
    recorder.flush()
    recorder.write(jobs(1, 0, 1))
    recorder.flush()
    assert query(path, "SELECT COUNT(*) FROM job") == [(1,)]
