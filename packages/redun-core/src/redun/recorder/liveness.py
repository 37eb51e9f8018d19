"""Tell from the record whether a running execution is still alive.

Floor: recorder. A process that was killed cannot say so: its heartbeat stops, and on its own host its pid is
gone.
"""

from __future__ import annotations

import functools
import os
import time

from redun.recorder.batch import ExecutionStatus

__all__ = ["HEARTBEAT_LIMIT_S", "execution_status", "this_host"]

HEARTBEAT_LIMIT_S = 60.0
"""Without a heartbeat for this long, an execution counts as crashed."""


def execution_status(status: int, heartbeat: int, host: str, pid: int) -> ExecutionStatus:
    """Return the state of an execution.

    Parameters
    ----------
    status : int
        As stored.
    heartbeat : int
        Last sign of life, microseconds since the epoch.
    host, pid : str, int
        Where the execution runs.
    """
    stored = ExecutionStatus(status)
    if stored is not ExecutionStatus.RUNNING:
        return stored
    silent = time.time() - heartbeat / 1e6 > HEARTBEAT_LIMIT_S
    gone = host == this_host() and not _process_exists(pid)
    return ExecutionStatus.CRASHED if silent or gone else stored


@functools.cache
def this_host() -> str:
    """Return the name under which executions of this host are recorded."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    import platform

    return platform.node()


def _process_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
