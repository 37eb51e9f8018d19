"""What running bodies of async tasks await, and their answers.

Floor: scheduler. It runs in the scheduler's thread. An awaited expression is evaluated like one that the body has
returned: as made by the job that awaits it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from redun.errors import ExpressionError, JobCancelledError
from redun.hashing.keys import CHANCE
from redun.scheduler.cells import Job

if TYPE_CHECKING:
    from redun.executors.base import Demand
    from redun.scheduler.cells import GatherCell, WatchCell
    from redun.scheduler.failure import Fault
    from redun.scheduler.reduction import Reduction

__all__ = ["Demands"]


class Demands:
    """The demands of one execution that are not answered yet.

    Its truth value and its length are those of the jobs that wait for an answer.

    Parameters
    ----------
    reduction : Reduction
        Evaluates.
    """

    def __init__(self, reduction: Reduction) -> None:
        self._reduction = reduction
        self._pending: dict[Job, dict[Demand, WatchCell]] = {}
        self._faults: dict[Job, dict[int, Fault]] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def take(self, demand: Demand, running: Collection[Job], *, ending: bool) -> None:
        """Begin to evaluate what a body awaits, or note that it does so no more.

        Parameters
        ----------
        demand : Demand
        running : collection of Job
            The jobs whose bodies run.
        ending : bool
            The run is being wound up: nothing new is begun.
        """
        work = demand.work
        job = work if isinstance(work, Job) else getattr(work, "job", None)
        assert isinstance(job, Job)
        if demand.withdrawn:
            if self._answered(job, demand):
                # Whether the answer came in time is chance.
                job.tasks = frozenset((job.task.digest, *(job.tasks or ()), CHANCE))
        elif job not in running:
            name = job.task.fullname
            demand.fail(ExpressionError(f"Cannot await {demand.expression!r}: the call of {name} has ended."))
        elif ending:
            demand.cancel(_ending(job))
        else:

            def told(cell: GatherCell) -> None:
                self._answer(job, demand, cell)

            watch = self._reduction.watch(demand.expression, job, told)
            self._pending.setdefault(job, {})[demand] = watch

    def cancel(self) -> None:
        """Cancel every body that waits."""
        pending, self._pending = self._pending, {}
        for job, demands in pending.items():
            for demand in demands:
                demand.cancel(_ending(job))

    def awaited(self, job: Job) -> WatchCell | None:
        """Return something that a job's body waits for, or None."""
        return next(iter(self._pending.get(job, {}).values()), None)

    def ended(self, job: Job, error: BaseException | None = None) -> Fault | None:
        """Note that a body has ended; return where its error comes from, if that is another call."""
        for demand in self._pending.pop(job, ()):
            # Of something that the body has started and left behind.
            demand.cancel(_ending(job))
        faults = self._faults.pop(job, None)
        return faults.get(id(error)) if faults is not None and error is not None else None

    def _answer(self, job: Job, demand: Demand, cell: GatherCell) -> None:
        if not self._answered(job, demand):
            return
        fault = cell.fault
        if fault is None:
            demand.give(cell.value)
        elif fault.cause == "cancelled":
            demand.cancel(_ending(job))
        else:
            # The fault keeps its error alive, so the error's id stays its own.
            self._faults.setdefault(job, {})[id(fault.error)] = fault
            demand.fail(fault.error)

    def _answered(self, job: Job, demand: Demand) -> bool:
        demands = self._pending.get(job)
        if demands is None or demands.pop(demand, None) is None:
            return False
        if not demands:
            del self._pending[job]
        return True


def _ending(job: Job) -> JobCancelledError:
    return JobCancelledError(f"The run ended while task {job.task.fullname} was waiting.")
