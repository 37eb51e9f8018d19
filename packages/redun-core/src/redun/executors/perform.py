"""Running one call in this process.

Floor: executors.
"""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Any, TypeAlias

from redun.errors import ExpressionError, ValueFailure
from redun.executors.base import Completion, Work
from redun.executors.capture import slot_of_context
from redun.executors.script import Scripts
from redun.value.seal import Sealed, seal

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Performer", "perform", "seal_result"]

Performer: TypeAlias = "Callable[[Work], Completion]"
"""Runs one call, as `perform` does."""


def perform(
    work: Work, scripts: Scripts | None = None, settle: Callable[[Any], Any] | None = None
) -> Completion:
    """Run the body of a call and seal what it returns; an error becomes a failed completion.

    Parameters
    ----------
    work : Work
    scripts : Scripts, optional
        Keeps the process of a script task, so that it can be ended.
    settle : callable, optional
        Makes of what the body returned what can be recorded, as part of the body.
    """
    slot = slot_of_context()
    # A body may run calls in its own thread, by a scheduler of its own.
    outer = slot.active, slot.kept
    slot.active, slot.kept = True, None
    started = time_ns() // 1000
    try:
        work.began()
        if work.task.script:
            value = (scripts or Scripts()).run(work)
        else:
            args, kwargs = work.arguments()
            value = work.task.func(*args, **kwargs)
        if settle is not None:
            value = settle(value)
        sealed = _seal(work, value)
    except BaseException as error:
        # SystemExit and KeyboardInterrupt of a body are failures of its job, not of the worker.
        return Completion(work, None, error, "error", started, time_ns() // 1000, slot.take())
    else:
        return Completion(work, sealed, None, "", started, time_ns() // 1000, slot.take())
    finally:
        slot.active, slot.kept = outer


def seal_result(work: Work, value: Any, started: int, ended: int) -> Completion:
    """Make a completion of a live result; one that cannot be stored is a failure."""
    try:
        return Completion(work, _seal(work, value), None, "", started, ended)
    except Exception as error:
        return Completion(work, None, error, "error", started, ended)


def _seal(work: Work, value: Any) -> Sealed:
    try:
        return seal(value, call=work.eval_hash)
    except (ExpressionError, ValueFailure) as error:
        raise type(error)(f"The result of task {work.task.fullname}: {error}") from error.__cause__
