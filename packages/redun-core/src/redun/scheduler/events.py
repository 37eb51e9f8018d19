"""What an execution tells those who watch it.

Floor: scheduler. Observers are told in batches, on the scheduler's thread; without observers nothing is built.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import attrs

from redun.recorder.batch import ExecutionStatus, JobStatus, Reason

if TYPE_CHECKING:
    from redun.scheduler.cells import Job

__all__ = ["AttemptView", "ExecutionView", "JobView", "Observer", "Shown", "Transition"]


@attrs.define
class ExecutionView:
    """An execution as observers see it.

    Attributes
    ----------
    id : str
        32 hex digits.
    argv : list of str
    task : str
        Full name of the root task.
    status : ExecutionStatus
    error : BaseException or None
        Why it failed, at the end.
    tags : list of (key, JSON text)
    """

    id: str
    argv: list[str]
    task: str
    status: ExecutionStatus = ExecutionStatus.RUNNING
    error: BaseException | None = None
    tags: list[tuple[str, str]] = attrs.field(factory=list)

    @property
    def short_id(self) -> str:
        """The first 8 digits of the id."""
        return self.id[:8]


class Shown:
    """What is shown of a value, instead of the value."""

    __slots__ = ("_text",)

    def __init__(self, value: object) -> None:
        from redun.value.preview import preview

        self._text = preview(value)

    def __repr__(self) -> str:
        return self._text


class AttemptView(NamedTuple):
    """Which attempt at a job it is.

    Attributes
    ----------
    number, most : int
        Its number, counted from 1, and how many there may be.
    delay_s : float or None
        Seconds until the next one, when this one has failed.
    """

    number: int
    most: int
    delay_s: float | None = None


class JobView:
    """A job as observers see it; valid while they are being told.

    Attributes
    ----------
    id : str
        The id that people see.
    error : BaseException or None
        Why it, or its last attempt, failed.
    attempt : AttemptView or None
        Which attempt it is, for a job that rules apply to.
    replayed : bool
        Told of a failure: its own body did not run, what it had returned before was used.
    would_run : bool
        It would run, were this no dry run.
    why : str or None
        Why it would, where more is known than `reason` says.
    waits_for : str or None
        The id of the execution that runs an equal call, whose result is waited for.
    """

    __slots__ = ("_job", "_values", "attempt", "error", "id", "replayed", "waits_for", "why", "would_run")

    def __init__(
        self,
        job: Job,
        job_id: str,
        error: BaseException | None,
        *,
        attempt: AttemptView | None = None,
        replayed: bool = False,
        would_run: bool = False,
        why: str | None = None,
        waits_for: str | None = None,
    ) -> None:
        self._job = job
        # A job that is done lets go of its arguments before observers are told.
        self._values = job.values
        self.id = job_id
        self.error = error
        self.attempt = attempt
        self.replayed = replayed
        self.would_run = would_run
        self.why = why
        self.waits_for = waits_for

    @property
    def number(self) -> int:
        """The job's number within the execution."""
        return self._job.number

    @property
    def parent(self) -> int | None:
        """The number of the job that made this call; None for the root."""
        owner = self._job.owner
        return owner.number if owner is not None else None

    @property
    def task_name(self) -> str:
        """The task's full name."""
        return self._job.task.fullname

    @property
    def arguments(self) -> list[tuple[str, str]]:
        """Names and previews of the arguments."""
        from redun.value.preview import preview

        if self._values is None:
            return []
        vault = self._job.run.vault  # type: ignore[attr-defined]
        if vault is not None:
            return vault.arguments(self._job, self._values)  # type: ignore[no-any-return]
        return [(name, preview(value)) for name, value in zip(self._job.names, self._values, strict=True)]

    @property
    def error_line(self) -> str:
        """The first line of the error, its class before it; empty without one."""
        if self.error is None:
            return ""
        from redun.scheduler.failure import line_of

        vault = self._job.run.vault  # type: ignore[attr-defined]
        text = line_of(self.error) if vault is None else vault.text(line_of(self.error))
        return (text.splitlines() or [""])[0]

    @property
    def executor(self) -> str:
        """The executor's name."""
        return self._job.policy.executor

    @property
    def eval_hash(self) -> str:
        """The cache key, 40 hex digits."""
        return self._job.eval_hash.hex()

    @property
    def reason(self) -> Reason:
        """Why the job runs."""
        return self._job.reason


class Transition(NamedTuple):
    """A job reached a state. One that joined an equal job of the same execution has none."""

    job: JobView
    status: JobStatus


class Observer(Protocol):
    """Watches executions; what it raises is reported and harms nobody."""

    def execution_started(self, execution: ExecutionView) -> None:
        """Told before the first job."""

    def jobs(self, transitions: Sequence[Transition]) -> None:
        """Told of jobs, in batches."""

    def execution_finished(self, execution: ExecutionView) -> None:
        """Told after the record is closed."""
