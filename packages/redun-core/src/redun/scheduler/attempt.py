"""One attempt at a call.

Floor: scheduler. An executor is given it in the place of the job, so that what an earlier attempt delivers late is told
apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any

from redun.errors import JobLostError, JobTimeoutError

if TYPE_CHECKING:
    from redun.scheduler.admission import Request
    from redun.scheduler.cells import Job
    from redun.scheduler.timers import Timer
    from redun.task.options import Policy
    from redun.task.rules import Rules
    from redun.task.task import Task

__all__ = ["Attempt", "cause_of"]

_CAUSES = ((MemoryError, "memory"), (JobTimeoutError, "timeout"), (JobLostError, "lost"))


class Attempt:
    """One attempt at a call: what an executor gets in the place of the job.

    Attributes
    ----------
    job : Job
    number : int
        Counted from 1.
    base, policy : Policy
        The job's, and the same with functions of the attempt replaced by what they say of this one.
    rules : Rules
    executor : str
        The executor's name.
    capacities : mapping or None
        What the executor has to share out.
    request : Request or None
        The units that it holds.
    timer : Timer or None
        When it is to be given up.
    handed_s, began_s : float or None
        When it was handed over, and when its body began.
    """

    __slots__ = (
        "base",
        "began_s",
        "capacities",
        "executor",
        "handed_s",
        "job",
        "number",
        "policy",
        "request",
        "rules",
        "timer",
    )

    def __init__(
        self,
        job: Job,
        number: int,
        base: Policy,
        rules: Rules,
        executor: str,
        capacities: Mapping[str, float] | None,
    ) -> None:
        self.job = job
        self.number = number
        self.base = base
        self.policy = job.policy
        self.rules = rules
        self.executor = executor
        self.capacities = capacities
        self.request: Request[Attempt] | None = None
        self.timer: Timer | None = None
        self.handed_s: float | None = None
        self.began_s: float | None = None

    @property
    def task(self) -> Task[..., Any]:
        """The task to run."""
        return self.job.task

    @property
    def eval_hash(self) -> bytes:
        """The call's cache key, 20 bytes."""
        return self.job.eval_hash

    @property
    def job_id(self) -> str:
        """The id of the job."""
        return self.job.job_id

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return concrete positional and keyword arguments."""
        return self.job.arguments()

    def began(self) -> None:
        """Take down that the body begins; called by the thread that runs it."""
        self.began_s = monotonic()

    def __getattr__(self, name: str) -> Any:
        # Whatever else an executor may ask of a job.
        return getattr(self.job, name)


def cause_of(error: BaseException, cause: str) -> str:
    """Return the cause of a failure: what the executor says, or what the error tells of itself."""
    if cause == "error":
        for kind, named in _CAUSES:
            if isinstance(error, kind):
                return named
    return cause
