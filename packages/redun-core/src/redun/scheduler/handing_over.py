"""Giving calls to an executor; what it does not take fails, and the run goes on.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from redun.errors import ExecutorError

if TYPE_CHECKING:
    from redun.executors.base import Executor, Work

__all__ = ["hand_over"]

W = TypeVar("W", bound="Work")
_Fail = Callable[[W, BaseException, str], None]


def hand_over(find: Callable[[str], Executor], name: str, works: Sequence[W], fail: _Fail[W]) -> None:
    """Submit calls to the executor of a name.

    Parameters
    ----------
    find : callable
        From an executor's name to the executor, started.
    name : str
    works : sequence of Work
    fail : callable
        Told of each call that cannot be handed over: the call, its error and the cause.
    """
    try:
        executor = find(name)
        works = _runnable(executor, name, works, fail)
        executor.submit(works)
    except Exception as error:
        # There is no such executor, or it does not take them: their failure, not that of the run.
        for work in works:
            fail(work, error, "error")


def _runnable(executor: Executor, name: str, works: Sequence[W], fail: _Fail[W]) -> Sequence[W]:
    """Return the calls that an executor can run; those of async tasks fail if it cannot run such bodies."""
    if not any(work.task.runs_async for work in works):
        return works
    supports = getattr(executor, "supports_async", None)
    if supports is not None and supports():
        return works
    for work in works:
        if work.task.runs_async:
            error = ExecutorError(
                f"The executor {name!r} cannot run async tasks, and {work.task.fullname} is one. Give the task another "
                "executor, such as the default one, which runs it in this process; what it awaits may run anywhere."
            )
            fail(work, error, "error")
    return [work for work in works if not work.task.runs_async]
