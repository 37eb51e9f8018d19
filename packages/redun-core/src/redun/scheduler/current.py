"""The scheduler that is running in this thread.

Floor: scheduler.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING, Literal, overload

from redun.errors import NoCurrentScheduler

if TYPE_CHECKING:
    from redun.session import Scheduler

__all__ = ["Current", "get_current_scheduler", "set_current_scheduler"]

_local = threading.local()


@overload
def get_current_scheduler(required: Literal[True] = True) -> Scheduler: ...
@overload
def get_current_scheduler(required: bool) -> Scheduler | None: ...
def get_current_scheduler(required: bool = True) -> Scheduler | None:
    """Return the scheduler that is running in this thread, or that was set for it.

    Parameters
    ----------
    required : bool
        False: return None when there is none.

    Raises
    ------
    NoCurrentScheduler
        There is none.

    Examples
    --------
    >>> get_current_scheduler(required=False) is None
    True
    """
    scheduler: Scheduler | None = getattr(_local, "scheduler", None)
    if scheduler is None and required:
        raise NoCurrentScheduler(
            "No scheduler is running in this thread. Bodies of tasks run in threads of their own: make a Scheduler "
            "there, or set one with set_current_scheduler()."
        )
    return scheduler


def set_current_scheduler(scheduler: Scheduler | None) -> None:
    """Set this thread's current scheduler; None for none.

    Examples
    --------
    >>> from redun import Scheduler, get_current_scheduler, set_current_scheduler
    >>> with Scheduler() as scheduler:
    ...     set_current_scheduler(scheduler)
    ...     get_current_scheduler() is scheduler
    ...     set_current_scheduler(None)
    True
    """
    _local.scheduler = scheduler


class Current:
    """A context in which a scheduler is this thread's current one; the one before it returns at the end."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._before: Scheduler | None = None

    def __enter__(self) -> None:
        self._before = get_current_scheduler(required=False)
        set_current_scheduler(self._scheduler)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        set_current_scheduler(self._before)
