"""What is asked of what a body returns or raises, and what is kept of a call once it has.

Floor: scheduler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redun.errors import ExecutorError, SchedulerError, UnserializableValueError
from redun.scheduler.events import Shown
from redun.scheduler.sharing import SMALL
from redun.task.checks import place_of
from redun.value.error import message_of
from redun.value.seal import Payload

if TYPE_CHECKING:
    from redun.scheduler.cells import Job
    from redun.value.seal import Sealed

__all__ = ["as_exception", "check_nout", "let_go_arguments", "stored_format", "too_large"]


def check_nout(job: Job, value: Any) -> None:
    """Refuse a result that has not as many items as its task promised.

    Raises
    ------
    SchedulerError
        The promise is broken.
    """
    nout = job.policy.options.get("nout", job.task.nout)
    if nout is None:
        return
    if isinstance(value, (tuple, list)):
        returned = str(len(value))
        kept = len(value) == nout
    else:
        # An annotation may be loose; the option was written on purpose.
        sized = hasattr(value, "__len__") and hasattr(value, "__getitem__")
        returned = f"one {type(value).__qualname__}"
        kept = sized or job.policy.options.get("nout") is None
    if not kept:
        raise SchedulerError(f"{place_of(job.task)} promised {nout} results (nout) and returned {returned}.")


def stored_format(job: Job, sealed: Sealed) -> int | None:
    """Return the format of the payload of a large value that is recorded and need not be kept; None for any other."""
    return sealed.format if isinstance(sealed.payload, Payload) and job.policy.recorded else None


def too_large(job: Job, sealed: Sealed, most: float) -> UnserializableValueError | None:
    """Return the error about a result that is larger than what may be recorded; None for any other."""
    if sealed.size <= most or not job.policy.recorded:
        return None
    return UnserializableValueError(
        f"The result of task {job.task.fullname} takes {sealed.size:,} bytes, and max_value_size in section [backend] "
        f"allows {int(most):,}: write it to a File and return that, return its parts as results of several tasks, or "
        "raise the limit. PostgreSQL holds a gigabyte and more only in a value store (value_store_path)."
    )


def as_exception(error: BaseException) -> ExecutorError:
    """Wrap what is no ordinary exception: SystemExit in a body must not pass for an interrupt of the run."""
    wrapped = ExecutorError(f"The task raised {type(error).__name__}({message_of(error)}).")
    wrapped.__cause__ = error
    return wrapped


def let_go_arguments(job: Job) -> None:
    """Keep of arguments only what is shown of them.

    The calls that a body made may take long, and nobody needs what it was given any more.
    """
    if job.values is not None:
        job.values = tuple([value if value.__class__ in SMALL else Shown(value) for value in job.values])
