"""What went wrong, where, and through which calls.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import attrs

from redun.recorder.batch import OutputStream
from redun.value.error import message_of
from redun.value.traceback_text import user_traceback

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redun.scheduler.cells import Job
    from redun.scheduler.toll import Toll

__all__ = ["Failure", "Fault", "Frame", "describe", "line_of", "tail_of_stderr"]

_STDERR_LINES = 10


@attrs.frozen(eq=False)
class Fault:
    """An error on its way to the root.

    Attributes
    ----------
    error : BaseException
    cause : str
        Why the executor says the call failed, see `executors.base.Completion`.
    job : Job or None
        The call in which it arose; None when it arose outside of one.
    stderr : str
        The last lines that the call wrote to stderr.
    """

    error: BaseException
    cause: str = "error"
    job: Job | None = None
    stderr: str = ""


@attrs.frozen
class Frame:
    """One calling task."""

    job_id: str
    task_name: str
    file: str
    line: int
    arguments: list[tuple[str, str]]


@attrs.frozen
class Failure:
    """A failed execution, told in the user's own terms.

    Attributes
    ----------
    frames : list of Frame
        The calling tasks, from the root to the one that failed.
    traceback : str
        The Python frames of the user's code, as text; empty when there are none.
    error_type, message : str
    error : BaseException
    stderr : str
        The last lines that the failed job wrote to stderr.
    failed : list of str
        The calls that failed, this one and others: id, task and error of the first hundred.
    failed_count : int
        How many they are.
    not_run : mapping of str to int
        By task, how many calls were not made since one of their arguments failed.
    """

    frames: list[Frame]
    traceback: str
    error_type: str
    message: str
    error: BaseException
    stderr: str = ""
    failed: list[str] = attrs.field(factory=list)
    failed_count: int = 1
    not_run: Mapping[str, int] = attrs.field(factory=dict)


def describe(fault: Fault, job_id: Any, toll: Toll | None = None) -> Failure:
    """Tell a fault: the chain of calling tasks, the user's frames, the error.

    Parameters
    ----------
    fault : Fault
    job_id : callable
        From a job to the id that people see.
    toll : Toll, optional
        What all failures cost.
    """
    from redun.scheduler.events import JobView

    frames: list[Frame] = []
    job = fault.job
    while job is not None:
        view = JobView(job, job_id(job), None)
        frames.append(Frame(view.id, job.task.fullname, job.task.source_file, job.task.line, view.arguments))
        job = job.owner
    frames.reverse()
    error = fault.error
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    failure = Failure(frames, user_traceback(error), name, message_of(error), error, fault.stderr)
    if toll is None:
        return failure
    return attrs.evolve(failure, failed=toll.lines, failed_count=toll.failed, not_run=dict(toll.not_run))


def tail_of_stderr(outputs: Iterable[tuple[int, str, int]]) -> str:
    """Return the last lines that a call wrote to stderr."""
    for stream, text, _dropped in outputs:
        if stream == OutputStream.STDERR:
            return "\n".join(text.rstrip().splitlines()[-_STDERR_LINES:])
    return ""


def line_of(error: BaseException) -> str:
    """Return an error's class and text, such that it can be stored."""
    # A lone surrogate, as in the name of a file that is no text, is spelled out.
    return f"{type(error).__name__}: {message_of(error)}".encode("utf-8", "backslashreplace").decode()
