"""Why a worker ended before its call did, in words.

Floor: executors.
"""

from __future__ import annotations

import os
from signal import Signals

from redun.errors import JobLostError, JobMemoryError
from redun.executors.pool.worker import CUT_OFF, OUT_OF_MEMORY

__all__ = ["fatality"]

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
