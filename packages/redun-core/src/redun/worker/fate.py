"""What is told of a call whose process ended before it was done.

Floor: composition.
"""

from __future__ import annotations

import os
import signal

from redun.errors import ExecutorError, JobLostError, JobMemoryError

__all__ = ["fate"]


def fate(task: str, status: int, asked_to_end: int, memory_ran_out: bool) -> tuple[ExecutorError, str]:
    """Return an error and the cause of the failure.

    Parameters
    ----------
    task : str
        Full name.
    status : int
        As `os.wait` gives it.
    asked_to_end : int
        The signal by which the worker was asked to end; 0 if it was not.
    memory_ran_out : bool
        The system ended a process of this control group meanwhile, since memory ran out.

    Examples
    --------
    >>> error, cause = fate("align", 11, 0, False)
    >>> cause, str(error)
    ('lost', 'The process that ran task align was ended by SIGSEGV.')
    """
    if asked_to_end:
        name = _named(asked_to_end)
        told = f"The worker was ended by {name} while it ran task {task}, as happens when its machine is taken back."
        return JobLostError(told), "preempted"
    code = os.waitstatus_to_exitcode(status)
    process = f"The process that ran task {task}"
    if code >= 0:
        told = f"{process} ended with exit code {code} before the task was done: did it, or a library, call os._exit()?"
        return JobLostError(told), "lost"
    if code == -signal.SIGKILL and memory_ran_out:
        return JobMemoryError(f"{process} was ended by the system, since memory ran out."), "memory"
    hint = " The system does so when memory runs out." if code == -signal.SIGKILL else ""
    return JobLostError(f"{process} was ended by {_named(-code)}.{hint}"), "lost"


def _named(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        # Most of those for real time have no names.
        return f"signal {number}"
