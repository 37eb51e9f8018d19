"""What waits in vain: calls that wait for themselves, promises that nobody keeps.

Floor: scheduler. Equal calls share a job; so one that is made again, with equal arguments, by a call below it would
wait for ever. When nothing moves any more, following what waits for what finds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.errors import SchedulerError
from redun.scheduler.cells import PENDING, Cell, FormCell, Job

if TYPE_CHECKING:
    from redun.scheduler.demands import Demands

__all__ = ["find_stop"]


def find_stop(cell: Cell, demands: Demands) -> tuple[Cell, SchedulerError] | None:
    """Return why a cell, when nothing moves any more, will never have a value; None if it has, or failed.

    That is a call that joined one which waits for it, or a promise that nobody keeps; with it comes the error to fail
    it by. `demands` tells what bodies that run wait for.
    """
    passed: set[int] = set()
    joined: Job | None = None
    promised: tuple[Cell, SchedulerError] | None = None
    current: Cell | None = cell
    while current is not None:
        if id(current) in passed:
            return None if joined is None else (joined, _waits_for_itself(joined))
        passed.add(id(current))
        if isinstance(current, Job) and current.joined is not None:
            joined = current
        never = current.never_kept() if current.state == PENDING else None
        if never is not None:
            promised = current, never
        current = _awaited(current, demands)
    return promised


def _awaited(cell: Cell, demands: Demands) -> Cell | None:
    if isinstance(cell, Job):
        awaited = cell.joined or demands.awaited(cell)
        if awaited is not None:
            return awaited
    if isinstance(cell, FormCell) and cell.awaited is not None:
        return cell.awaited
    return next((part for part in cell.parts or () if part.state == PENDING), None)


def _waits_for_itself(job: Job) -> SchedulerError:
    chain = [job.task.fullname]
    caller = job.owner
    while caller is not None and caller is not job.joined:
        chain.append(caller.task.fullname)
        caller = caller.owner
    if caller is not None:
        chain.append(caller.task.fullname)
    names = " → ".join(reversed(chain)) if len(chain) <= 10 else f"{chain[-1]} → … → {chain[0]}"
    return SchedulerError(
        f"A call of task {job.task.fullname} waits for itself: it is made again, with equal arguments, by what it "
        f"calls ({names}), so it would never end."
    )
