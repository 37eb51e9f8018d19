"""Handing calls to executors, or, in a dry run, only taking down that they would run.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import time_ns
from typing import TYPE_CHECKING, Protocol

from redun.recorder.batch import JobStatus
from redun.scheduler.control import root_task
from redun.scheduler.demands import runnable
from redun.scheduler.events import JobView

if TYPE_CHECKING:
    from redun.executors.base import Executor
    from redun.scheduler.cells import Job
    from redun.scheduler.journal import Journal
    from redun.scheduler.notices import Notices
    from redun.scheduler.outcomes import Outcomes

__all__ = ["Rehearsal", "Submission", "Submit"]


class Submit(Protocol):
    """Takes calls that must run."""

    def submit(self, name: str, jobs: Sequence[Job]) -> None:
        """Take calls for the executor of a name."""

    def cancel(self) -> None:
        """Drop what has not begun."""


class Submission:
    """Hands calls to executors.

    Parameters
    ----------
    executor : callable
        From an executor's name to the executor, started.
    journal : Journal
        Takes what is to be recorded.
    notices : Notices
        Takes what is to be told.
    outcomes : Outcomes
        Takes what comes back.
    """

    def __init__(
        self,
        executor: Callable[[str], Executor],
        journal: Journal,
        notices: Notices,
        outcomes: Outcomes,
    ) -> None:
        self._executor = executor
        self._journal = journal
        self._notices = notices
        self._outcomes = outcomes

    def submit(self, name: str, jobs: Sequence[Job]) -> None:
        """Take calls for the executor of a name."""
        started = time_ns() // 1000
        for job in jobs:
            job.started = started
            self._notices.note(job, JobStatus.RUNNING)
            self._journal.started(job)
        self._outcomes.running.update(jobs)
        try:
            executor = self._executor(name)
            jobs = runnable(executor, name, jobs, self._outcomes.failed)
            executor.submit(jobs)
        except Exception as error:
            # There is no such executor, or it does not take them: their failure, not that of the run.
            for job in jobs:
                self._outcomes.failed(job, error, "error")

    def cancel(self) -> None:
        """Drop what no executor has begun."""
        for name in {job.policy.executor for job in self._outcomes.running}:
            self._executor(name).cancel()


class Rehearsal:
    """Runs nothing: takes down what would run.

    Attributes
    ----------
    would_run : list of JobView
    """

    def __init__(self, notices: Notices, outcomes: Outcomes) -> None:
        self._notices = notices
        self._outcomes = outcomes
        self.would_run: list[JobView] = []

    def submit(self, name: str, jobs: Sequence[Job]) -> None:
        """Take down calls for the executor of a name."""
        for job in jobs:
            if job.task is root_task and job.values is not None:
                # It only hands on what it was given.
                self._outcomes.reduction.body_returned(job, job.values[0].eval(), b"", lazy=True)
                continue
            self.would_run.append(JobView(job, self._notices.job_id(job), None, would_run=True))

    def cancel(self) -> None:
        """Nothing was begun."""
