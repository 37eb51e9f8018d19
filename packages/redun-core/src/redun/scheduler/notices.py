"""Transitions of jobs on their way to those who watch.

Floor: scheduler. They are collected and told in batches; without a watcher nothing is built.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from redun.scheduler.events import AttemptView, JobView, Transition

if TYPE_CHECKING:
    from redun.recorder.batch import JobStatus
    from redun.scheduler.cells import Job

__all__ = ["Notices"]


class Notices:
    """What is to be told of jobs.

    Parameters
    ----------
    job_id : callable
        From a job to the id that people see.
    watch : callable or None
        Told of transitions, in batches.
    """

    def __init__(
        self, job_id: Callable[[Job], str], watch: Callable[[Sequence[Transition]], None] | None
    ) -> None:
        self.job_id = job_id
        self._watch = watch
        self._transitions: list[Transition] = []

    def note(
        self,
        job: Job,
        status: JobStatus,
        error: BaseException | None = None,
        attempt: AttemptView | None = None,
        *,
        replayed: bool = False,
        waits_for: str | None = None,
    ) -> None:
        """Take down that a job reached a state, after that of being replayed or another one."""
        if self._watch is not None:
            view = JobView(
                job, self.job_id(job), error, attempt=attempt, replayed=replayed, waits_for=waits_for
            )
            self._transitions.append(Transition(view, status))

    def tell(self) -> None:
        """Tell the watcher all that was taken down."""
        if self._transitions and self._watch is not None:
            transitions, self._transitions = self._transitions, []
            self._watch(transitions)
