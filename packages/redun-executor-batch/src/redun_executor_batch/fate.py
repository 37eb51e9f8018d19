"""What a job's description by Batch says of its fate: waiting, running, or ended and why.

Pure. A job that ended may have left a result all the same, which then counts: Batch sometimes reports a container as
failed that did its work (CannotInspectContainer).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

import attrs
from redun.errors import JobCancelledError, JobLostError, JobMemoryError, JobTimeoutError

__all__ = ["ENDED", "IN_FLIGHT", "Fate", "State", "fate_of", "state_of"]

IN_FLIGHT = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")
"""What Batch calls the states of a job, in the order in which it passes through them."""

ENDED = ("SUCCEEDED", "FAILED")
"""What Batch calls the ways in which a job has ended."""

_CAUSES: tuple[tuple[str, str], ...] = (
    ("timeout", r"attempt duration exceeded timeout"),
    ("preempted", r"Host EC2 .*terminated|spot (instance )?(interruption|reclaim)|instance .*reclaimed"),
    ("memory", r"OutOfMemory|out of memory|container killed due to memory usage"),
)
_PATTERNS = tuple((cause, re.compile(pattern, re.IGNORECASE)) for cause, pattern in _CAUSES)
_KILLED = 137


class State(Enum):
    """How far a job has come."""

    WAITING = "waiting"
    RUNNING = "running"
    ENDED = "ended"


_STATES = {"RUNNING": State.RUNNING, **dict.fromkeys(ENDED, State.ENDED)}


@attrs.frozen
class Fate:
    """Why a job ended without a result.

    Attributes
    ----------
    cause : str
        "timeout", "memory", "preempted", "cancelled" or "lost".
    reason : str
        What Batch says, in one line.
    exit_code : int or None
    """

    cause: str
    reason: str
    exit_code: int | None = None

    def error(self, task: str, job_id: str, logs: str = "") -> Exception:
        """Return the error that tells of it.

        Parameters
        ----------
        task : str
            Full name of the task.
        job_id : str
            The Batch job's id.
        logs : str
            The end of what it logged.
        """
        kind, what = _ERRORS[self.cause]
        said = self.reason.rstrip(".") or "Batch gives no reason"
        code = "" if self.exit_code is None else f", exit code {self.exit_code}"
        message = f"Task {task}: the Batch job {job_id} {what} ({said}{code})."
        if logs:
            message += "\nThe end of its log:\n" + "\n".join(f"  {line}" for line in logs.splitlines())
        return kind(message)


_ERRORS: dict[str, tuple[type[Exception], str]] = {
    "timeout": (JobTimeoutError, "took longer than its timeout"),
    "memory": (JobMemoryError, "needed more memory than it may use; give the task a larger `memory`"),
    "preempted": (JobLostError, "lost its machine, which was reclaimed"),
    "cancelled": (JobCancelledError, "was terminated"),
    "lost": (JobLostError, "ended without a result"),
}


def state_of(description: Mapping[str, Any]) -> State:
    """Return how far a job has come.

    Examples
    --------
    >>> state_of({"status": "RUNNABLE"}).name
    'WAITING'
    """
    return _STATES.get(description.get("status", ""), State.WAITING)


def fate_of(description: Mapping[str, Any]) -> Fate:
    """Return why a job that ended has left no result.

    Examples
    --------
    >>> job = {"status": "FAILED", "statusReason": "Host EC2 (instance i-0a1) terminated."}
    >>> fate_of(job).cause
    'preempted'
    >>> job = {"status": "FAILED", "statusReason": "Essential container in task exited",
    ...        "container": {"exitCode": 137, "reason": "OutOfMemoryError: Container killed due to memory usage"}}
    >>> fate_of(job).cause
    'memory'
    """
    reasons = _reasons(description)
    code = _exit_code(description)
    text = "; ".join(reasons)
    for cause, pattern in _PATTERNS:
        if pattern.search(text):
            return Fate(cause, text, code)
    if description.get("isTerminated") or description.get("isCancelled"):
        return Fate("cancelled", text, code)
    if code == _KILLED:
        # The kernel's own way to end a process that takes too much; Batch does not always say so.
        return Fate("memory", text, code)
    return Fate("lost", text, code)


def _reasons(description: Mapping[str, Any]) -> list[str]:
    """Return what is said of the job and of its last attempt, each once."""
    last = (description.get("attempts") or [{}])[-1]
    found = (
        description.get("statusReason"),
        (description.get("container") or {}).get("reason"),
        last.get("statusReason"),
        (last.get("container") or {}).get("reason"),
    )
    return list(dict.fromkeys(" ".join(str(reason).split()) for reason in found if reason))


def _exit_code(description: Mapping[str, Any]) -> int | None:
    last = (description.get("attempts") or [{}])[-1]
    for container in (description.get("container"), last.get("container")):
        code = (container or {}).get("exitCode")
        if code is not None:
            return int(code)
    return None
