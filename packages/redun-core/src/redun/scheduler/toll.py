"""What failures cost: the calls that failed, and those that were not made because of them.

Floor: scheduler.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from redun.scheduler.failure import line_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from redun.scheduler.cells import Job
    from redun.scheduler.failure import Fault

__all__ = ["Toll"]

SHOWN = 100
"""How many failures are kept with their text."""


class Toll:
    """Counts failures.

    Attributes
    ----------
    failed : int
        How many calls failed by themselves.
    lines : list of str
        The first of them: id, task and error.
    not_run : Counter
        By task, the calls that were not made since an argument failed.
    """

    def __init__(self, job_id: Callable[[Job], str]) -> None:
        self._job_id = job_id
        self.failed = 0
        self.lines: list[str] = []
        self.not_run: Counter[str] = Counter()

    def count(self, job: Job, fault: Fault) -> None:
        """Count a call that is rejected."""
        if fault.cause == "cancelled":
            return
        if fault.job is job:
            self.failed += 1
            if len(self.lines) < SHOWN:
                self.lines.append(f"Job {self._job_id(job)} {job.task.fullname}: {line_of(fault.error)}")
        elif not job.number and fault.job is not job.owner:
            self.not_run[job.task.fullname] += 1
