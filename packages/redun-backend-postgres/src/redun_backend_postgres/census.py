"""Which executions may be running, by the server's clock."""

from __future__ import annotations

import time

import psycopg
from redun.recorder.batch import ExecutionStatus
from redun.recorder.liveness import is_alive

__all__ = ["live_executions"]

# Another process may have written CRASHED about one that merely sleeps.
_UNENDED = (
    "SELECT id, started, heartbeat, host, pid, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    f" FROM execution WHERE status IN ({int(ExecutionStatus.RUNNING)}, {int(ExecutionStatus.CRASHED)}) ORDER BY key"
)


def live_executions(connection: psycopg.Connection) -> list[str]:
    """Return which executions may be running, as they are named in messages, oldest first."""
    live = []
    for identity, started, heartbeat, host, pid, now in connection.execute(_UNENDED):
        # Signs of life are given by the server's clock, and judged by ours.
        if is_alive(started, heartbeat + time.time_ns() // 1000 - now, host, pid):
            live.append(f"execution {identity.hex()[:8]} (process {pid} on {host})")
    return live
