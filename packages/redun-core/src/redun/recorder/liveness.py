"""Tell from the record whether a running execution is still alive.

Floor: recorder. A process that was killed cannot say so: its heartbeat stops, and on its own host its pid is
gone.
"""

from __future__ import annotations

import functools
import os
import time

from redun.recorder.batch import ExecutionStatus

__all__ = ["HEARTBEAT_LIMIT_S", "execution_status", "is_alive", "this_host"]

HEARTBEAT_LIMIT_S = 60.0
"""Without a heartbeat for this long, an execution counts as crashed."""

# A process of this host that is gone may be one of a container with its own numbering, if it gave a sign just now.
_GONE_LIMIT_S = 10.0
# The kernel gives the time of the start to the second.
_CLOCK_S = 2.0


def execution_status(
    status: int, heartbeat: int, host: str, pid: int, *, now: int | None = None
) -> ExecutionStatus:
    """Return the state of an execution.

    Parameters
    ----------
    status : int
        As stored.
    heartbeat : int
        Last sign of life, microseconds since the epoch.
    host, pid : str, int
        Where the execution runs.
    now : int, optional
        The present time on the clock of the signs of life; this machine's by default.
    """
    stored = ExecutionStatus(status)
    if stored is not ExecutionStatus.RUNNING:
        return stored
    seconds = time.time() if now is None else now / 1e6
    silent = seconds - heartbeat / 1e6 > HEARTBEAT_LIMIT_S
    gone = host == this_host() and not _process_exists(pid)
    return ExecutionStatus.CRASHED if silent or gone else stored


@functools.cache
def this_host() -> str:
    """Return the name under which executions of this host are recorded."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    import platform

    return platform.node()


def is_alive(started: int, heartbeat: int, host: str, pid: int, *, now: int | None = None) -> bool:
    """Tell whether a process that began something may still be at it: when in doubt, yes.

    Unlike `execution_status`, which is for showing, this counts a process that is merely suspended, and one that runs
    under another numbering of processes (in a container).

    Parameters
    ----------
    started : int
        When it began, microseconds since the epoch.
    heartbeat : int
        Its last sign of life.
    host, pid : str, int
        Where it is.
    now : int, optional
        The present time on the clock of the signs of life; this machine's by default.
    """
    silent = (time.time() if now is None else now / 1e6) - heartbeat / 1e6
    if host != this_host():
        return silent <= HEARTBEAT_LIMIT_S
    if silent <= _GONE_LIMIT_S:
        # Whatever has its number here: it may be in a container, or on another host of the same name.
        return True
    if not _process_exists(pid):
        return False
    born = _born(pid)
    return silent <= HEARTBEAT_LIMIT_S if born is None else born <= started / 1e6 + _CLOCK_S


def _born(pid: int) -> float | None:
    """Return when a process was started, seconds since the epoch, where the system tells."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            ticks = int(file.read().rpartition(")")[2].split()[19])
        with open("/proc/stat", encoding="utf-8") as file:
            booted = next(int(line.split()[1]) for line in file if line.startswith("btime "))
    except (OSError, ValueError, IndexError, StopIteration):
        return None
    return booted + ticks / os.sysconf("SC_CLK_TCK")


def _process_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
