"""One execution at a time.

Floor: scheduler.
"""

from __future__ import annotations

from threading import Lock

from redun.errors import SchedulerError

__all__ = ["OneAtATime"]


class OneAtATime:
    """A context that refuses to be entered again before it is left.

    Executions of one scheduler share its executors and would take each other's results.
    """

    def __init__(self) -> None:
        self._lock = Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise SchedulerError(
                "This scheduler is running an execution already, and runs one at a time. Inside of a task return the "
                "expression, or make another Scheduler; in another thread make another Scheduler."
            )

    def __exit__(self, *error: object) -> None:
        self._lock.release()
