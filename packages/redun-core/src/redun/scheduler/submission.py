"""Handing calls to executors, or, in a dry run, only taking down that they would run.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import time_ns
from typing import TYPE_CHECKING, Protocol

from redun.executors.base import Completion
from redun.recorder.batch import JobStatus
from redun.scheduler.attempt import Attempt
from redun.scheduler.control import root_task
from redun.scheduler.events import JobView
from redun.scheduler.handing_over import hand_over

if TYPE_CHECKING:
    from redun.executors.base import Demand, Executor
    from redun.scheduler.attempts import Attempts
    from redun.scheduler.cells import Job
    from redun.scheduler.handles import Handles
    from redun.scheduler.journal import Journal
    from redun.scheduler.notices import Notices
    from redun.scheduler.outcomes import Outcomes
    from redun.scheduler.settings import Settings

__all__ = ["Rehearsal", "Submission", "Submit"]

EXPLAINED = 1000
"""For how many calls a dry run says in detail why they would run."""


class Submit(Protocol):
    """Takes calls that must run."""

    def submit(self, name: str, jobs: Sequence[Job]) -> None:
        """Take calls for the executor of a name."""

    @property
    def waiting(self) -> int:
        """How many calls wait for units."""

    def fail_waiting(self) -> bool:
        """Fail the call that waits longest for units, as nothing moves any more; False if none waits."""

    def hand_over(self) -> None:
        """Give executors what has got its units."""

    def take_in(self, arrived: Completion | Demand) -> None:
        """Take what an executor delivers."""

    def wait_s(self) -> float | None:
        """Return how long may be waited for completions, None for any time."""

    def ring(self) -> None:
        """Do what is due."""

    def drop_waiting(self) -> None:
        """Let go of calls that no executor has been given, or that wait for another attempt."""

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
    settings : Settings
        Limits, and options that apply where a task says nothing else.
    handles : Handles
        Told of calls that are about to run.
    """

    def __init__(
        self,
        executor: Callable[[str], Executor],
        settings: Settings,
        journal: Journal,
        notices: Notices,
        outcomes: Outcomes,
        handles: Handles,
    ) -> None:
        self._executor = executor
        self._handles = handles
        self._journal = journal
        self._notices = notices
        self._outcomes = outcomes
        self._settings = settings
        self._attempts: Attempts | None = None
        self._capacities: dict[str, tuple[str, Mapping[str, float] | None]] = {}

    def submit(self, name: str, jobs: Sequence[Job]) -> None:
        """Take calls for the executor of a name."""
        shared, capacities = self._capacities_of(name)
        if capacities is not None or self._settings.options:
            self._rule().begin(shared, jobs, capacities)
            return
        ruled = [job for job in jobs if job.policy.ruled]
        if ruled:
            self._rule().begin(shared, ruled, None)
            jobs = [job for job in jobs if not job.policy.ruled]
            if not jobs:
                return
        started = time_ns() // 1000
        for job in jobs:
            job.started = started
            self._notices.note(job, JobStatus.RUNNING)
            self._journal.started(job)
        self._outcomes.running.update(jobs)
        if self._handles.used:
            self._handles.begin(jobs, self._journal)
        hand_over(self._executor, name, jobs, self._outcomes.failed)

    def take_in(self, arrived: Completion | Demand) -> None:
        """Take what an executor delivers."""
        if arrived.work.__class__ is Attempt:
            self._rule().take_in(arrived)
        elif isinstance(arrived, Completion):
            self._outcomes.completed(arrived)
        else:
            self._outcomes.demanded(arrived)

    @property
    def waiting(self) -> int:
        """How many calls wait for units."""
        return self._attempts.waiting if self._attempts is not None else 0

    def hand_over(self) -> None:
        """Give executors what has got its units."""
        if self._attempts is not None:
            self._attempts.hand_over()

    def fail_waiting(self) -> bool:
        """Fail the call that waits longest for units, as nothing moves any more; False if none waits."""
        return self._attempts is not None and self._attempts.fail_waiting()

    def wait_s(self) -> float | None:
        """Return how long may be waited for completions, None for any time."""
        return self._attempts.timers.wait_s() if self._attempts is not None else None

    def ring(self) -> None:
        """Do what is due."""
        if self._attempts is not None:
            self._attempts.timers.ring()

    def drop_waiting(self) -> None:
        """Let go of calls that no executor has been given, or that wait for another attempt."""
        if self._attempts is not None:
            self._attempts.drop_waiting()

    def cancel(self) -> None:
        """Drop what no executor has begun."""
        self.drop_waiting()
        for name in {job.policy.executor for job in self._outcomes.running}:
            self._executor(name).cancel()

    def _rule(self) -> Attempts:
        if self._attempts is None:
            from redun.scheduler.attempts import Attempts

            self._attempts = Attempts(
                self._executor,
                self._settings,
                self._journal,
                self._notices,
                self._outcomes,
                self._handles,
            )
        return self._attempts

    def _capacities_of(self, name: str) -> tuple[str, Mapping[str, float] | None]:
        known = self._capacities.get(name)
        if known is None:
            try:
                executor = self._executor(name)
                offered = getattr(executor, "capacities", None)
                known = self._shared(executor, name), (offered() or None) if offered is not None else None
            except Exception:
                # There is no such executor: whoever hands calls to it says so.
                known = name, None
            self._capacities[name] = known
        return known

    def _shared(self, executor: Executor, name: str) -> str:
        # What an alias has to share out is shared with all calls that go by the executor's own name.
        try:
            return executor.name if self._executor(executor.name) is executor else name
        except Exception:
            return name


class Rehearsal:
    """Runs nothing: takes down what would run.

    Parameters
    ----------
    notices : Notices
        Knows the ids of jobs.
    outcomes : Outcomes
        Takes the root's argument.
    explain : callable, optional
        From a job to the words for why it would run.

    Attributes
    ----------
    would_run : list of JobView
    """

    def __init__(
        self, notices: Notices, outcomes: Outcomes, explain: Callable[[Job], str | None] | None
    ) -> None:
        self._notices = notices
        self._outcomes = outcomes
        self._explain = explain
        self.would_run: list[JobView] = []

    def submit(self, name: str, jobs: Sequence[Job]) -> None:
        """Take down calls for the executor of a name."""
        for job in jobs:
            if job.task is root_task and job.values is not None:
                # It only hands on what it was given.
                self._outcomes.reduction.body_returned(job, job.values[0].eval(), b"", lazy=True)
                continue
            # Each explanation costs look-ups, and nobody reads thousands.
            explain = self._explain if len(self.would_run) < EXPLAINED else None
            why = explain(job) if explain is not None else None
            vault = self._outcomes.vault
            if why is not None and vault is not None:
                why = vault.text(why)
            self.would_run.append(JobView(job, self._notices.job_id(job), None, would_run=True, why=why))

    waiting = 0

    def hand_over(self) -> None:
        """Nothing waits."""

    def fail_waiting(self) -> bool:
        """Nothing waits."""
        return False

    def take_in(self, arrived: Completion | Demand) -> None:
        """Nothing can come back."""

    def wait_s(self) -> float | None:
        """Nothing is due."""
        return None

    def ring(self) -> None:
        """Nothing is due."""

    def drop_waiting(self) -> None:
        """Nothing waits."""

    def cancel(self) -> None:
        """Nothing was begun."""
