"""Why a worker ended before its call did, in words.

Floor: executors.
"""

from __future__ import annotations

import os
from pathlib import Path
from signal import Signals

from redun.errors import JobLostError, JobMemoryError
from redun.executors.pool.worker import CUT_OFF, OUT_OF_MEMORY

__all__ = ["KernelKills", "fatality"]

_NATIVE = frozenset({"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT"})


def fatality(fullname: str, status: int, peak_bytes: int, *, out_of_memory: bool) -> tuple[Exception, str]:
    """Return the error and the cause of a call whose worker has ended.

    Parameters
    ----------
    fullname : str
        The task's.
    status : int
        As `os.wait` gives it.
    peak_bytes : int
        The most memory that the worker has had, 0 if that is not known.
    out_of_memory : bool
        The kernel has ended processes because there was no memory left.

    Examples
    --------
    >>> fatality("lab.count", 9, 3_200_000_000, out_of_memory=True)
    (JobMemoryError('The worker process of task lab.count was ended by the kernel, ...; it had 3.2 GB.'), 'memory')
    """
    code = os.waitstatus_to_exitcode(status)
    who = f"The worker process of task {fullname}"
    if code == OUT_OF_MEMORY:
        return JobMemoryError(f"{who} had no memory left, not even to say what failed."), "memory"
    if code == CUT_OFF:
        why = "lost its connection to the scheduler: the body has closed descriptors that it did not open itself"
    elif code >= 0:
        why = f"ended with exit code {code} before the body returned: it called os._exit, or a library did"
    else:
        name = Signals(-code).name if -code in set(Signals) else f"signal {-code}"
        if name == "SIGKILL" and out_of_memory:
            had = f"; it had {peak_bytes / 1e9:.1f} GB" if peak_bytes else ""
            return JobMemoryError(f"{who} was ended by the kernel, which had no memory left{had}."), "memory"
        why = f"was ended by {name}"
        if name in _NATIVE:
            why += ": a crash in code that is not Python"
    return JobLostError(f"{who} {why}."), "lost"


class KernelKills:
    """Tells whether the kernel has ended processes for lack of memory since it was last asked."""

    def __init__(self) -> None:
        self._files = [Path("/proc/vmstat"), *_cgroup_events()]
        self._counts = self._read()

    def any(self) -> bool:
        """Tell whether it has."""
        before, self._counts = self._counts, self._read()
        return any(now > then for now, then in zip(self._counts, before, strict=True))

    def _read(self) -> list[int]:
        return [_oom_kills(path) for path in self._files]


def _cgroup_events() -> list[Path]:
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    groups = [line.removeprefix("0::").lstrip("/") for line in lines if line.startswith("0::")]
    return [Path("/sys/fs/cgroup", group, "memory.events") for group in groups]


def _oom_kills(path: Path) -> int:
    try:
        for line in path.read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0
