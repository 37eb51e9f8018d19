"""Which executions may still be running, and which count as dead for good.

Floor: retention.
"""

from __future__ import annotations

import sqlite3

import attrs

from redun.recorder.batch import ExecutionStatus
from redun.recorder.liveness import is_alive
from redun.recorder.marks import Kind

__all__ = ["LiveExecution", "bury", "live_executions", "newest_key"]

_RUNNING, _CRASHED = int(ExecutionStatus.RUNNING), int(ExecutionStatus.CRASHED)
# Another process may have written CRASHED about one that merely sleeps.
_UNENDED = "SELECT key, id, started, heartbeat, host, pid FROM execution WHERE status IN (?, ?) ORDER BY key"


@attrs.frozen
class LiveExecution:
    """An execution that may be running."""

    key: int
    id: bytes
    started: int
    heartbeat: int
    host: str
    pid: int

    def __str__(self) -> str:
        return f"execution {self.id.hex()[:8]} (process {self.pid} on {self.host})"


def live_executions(connection: sqlite3.Connection) -> list[LiveExecution]:
    """Return the executions that may be running, oldest first."""
    return [one for one in _unended(connection) if _lives(one)]


def bury(connection: sqlite3.Connection, number: int) -> list[LiveExecution]:
    """Forbid executions that are dead to go on, should they come back; return those that live. In a transaction."""
    live: list[LiveExecution] = []
    dead: list[LiveExecution] = []
    for one in _unended(connection):
        (live if _lives(one) else dead).append(one)
    connection.executemany(
        "INSERT INTO doomed (kind, hash, sweep) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(int(Kind.DEAD), one.id, number) for one in dead],
    )
    return live


def newest_key(connection: sqlite3.Connection) -> int:
    """Return the greatest key that an execution has had."""
    ((key,),) = connection.execute(
        "SELECT max(coalesce((SELECT max(key) FROM execution), 0), coalesce((SELECT max(newest) FROM sweep), 0))"
    )
    return int(key)


def _unended(connection: sqlite3.Connection) -> list[LiveExecution]:
    return [LiveExecution(*row) for row in connection.execute(_UNENDED, (_RUNNING, _CRASHED))]


def _lives(one: LiveExecution) -> bool:
    return is_alive(one.started, one.heartbeat, one.host, one.pid)
