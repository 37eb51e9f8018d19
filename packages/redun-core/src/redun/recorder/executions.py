"""The records of executions: begin, signs of life, end.

Floor: recorder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

from redun.errors import RecorderError
from redun.recorder.batch import ExecutionStatus, JobStatus
from redun.recorder.connection import Connection
from redun.recorder.interface import ExecutionStart
from redun.recorder.liveness import HEARTBEAT_LIMIT_S, execution_status, this_host

__all__ = ["begin", "end", "keep_alive", "own_key"]

_RUNNING, _CRASHED = int(ExecutionStatus.RUNNING), int(ExecutionStatus.CRASHED)

_FORGOTTEN = (
    "DELETE FROM lease WHERE"
    " (SELECT e.heartbeat FROM execution e WHERE e.key = lease.execution AND e.status = ?) < ?"
)


def begin(connection: Connection, start: ExecutionStart) -> int:
    """Record an execution of this process and return its key; close the records of those that died."""
    from redun import __version__

    used = connection.execute(
        "SELECT key, host, pid, started FROM execution WHERE id = ?", (start.id,)
    ).fetchone()
    if used is not None:
        key, *made = used
        if made == [this_host(), os.getpid(), start.started]:
            # By this very call: it was committed, and the answer did not arrive.
            return int(key)
        raise RecorderError(
            f"The execution id {start.id.hex()} is used already: `redun log {start.id.hex()[:8]}` shows what it ran. "
            "An id names one execution; leave it out to have one made."
        )
    now = connection.clock()
    _bury_dead(connection, now)
    row = (
        start.id,
        json.dumps(start.argv),
        start.task,
        _RUNNING,
        start.started,
        now,
        this_host(),
        os.getpid(),
        __version__,
    )
    connection.insert("executions", [row])
    connection.insert("tags", [("execution", start.id, key, value) for key, value in start.tags])
    return own_key(connection, start.id)


def own_key(connection: Connection, identity: bytes) -> int:
    """Return the key of a new execution, one that no other has had: SQLite gives away again that of a removed one."""
    (key, newest), *_ = connection.execute(
        "SELECT key, coalesce((SELECT max(newest) FROM sweep), 0) FROM execution WHERE id = ?", (identity,)
    )
    if key <= newest:
        key = newest + 1
        connection.execute("UPDATE execution SET key = ? WHERE id = ?", (key, identity))
    return int(key)


def keep_alive(connection: Connection, keys: Iterable[int]) -> None:
    """Record a sign of life of executions; one that others took for dead lives again."""
    now = connection.clock()
    connection.executemany(
        "UPDATE execution SET heartbeat = ?, status = ?, ended = NULL WHERE key = ? AND status IN (?, ?)",
        [(now, _RUNNING, key, _RUNNING, _CRASHED) for key in keys],
    )


def end(connection: Connection, key: int, status: ExecutionStatus, error: str | None) -> None:
    """Record the end of an execution, of the jobs that it left running and of its leases."""
    now = connection.clock()
    if error is not None:
        error = error.encode("utf-8", "backslashreplace").decode()
    # First, as where it is taken for dead: the two wait for each other in one order.
    connection.execute(
        "UPDATE execution SET status = ?, ended = ?, heartbeat = ?, error = ? WHERE key = ?",
        (int(status), now, now, error, key),
    )
    _end_jobs(connection, key, JobStatus.CANCELLED)
    connection.execute("DELETE FROM lease WHERE execution = ?", (key,))


def _bury_dead(connection: Connection, now: int) -> None:
    rows = connection.execute(
        # Not as a parameter, so that the index of those that run is seen to fit.
        f"SELECT key, status, heartbeat, host, pid FROM execution WHERE status = {int(_RUNNING)}"
    ).fetchall()
    for key, *life in rows:
        if execution_status(*life, now=now) is ExecutionStatus.CRASHED:
            # It may have ended, or given a sign of life, since it was looked at.
            buried = connection.execute(
                "UPDATE execution SET status = ?, ended = heartbeat WHERE key = ? AND status = ? AND heartbeat = ?",
                (_CRASHED, key, *life[:2]),
            )
            if buried.rowcount:
                _end_jobs(connection, key, JobStatus.LOST)
    # Not before they have been silent for long: an execution that was taken for dead may live again.
    connection.execute(_FORGOTTEN, (_CRASHED, now - round(HEARTBEAT_LIMIT_S * 1e6)))


def _end_jobs(connection: Connection, key: int, status: JobStatus) -> None:
    connection.execute(
        "UPDATE job SET status = ? WHERE execution = ? AND status = ?",
        (int(status), key, int(JobStatus.RUNNING)),
    )
