"""Do the jobs of an execution form a tree, and do they agree with their calls?

Floor: retention.
"""

from __future__ import annotations

from collections.abc import Iterator

from redun.recorder.batch import ExecutionStatus, JobStatus
from redun.recorder.ids import job_id
from redun.retention.checking.asking import Asking
from redun.retention.checking.problems import Problem

__all__ = ["jobs"]

_LOST_PARENTS = (
    "SELECT e.id, j.number, j.parent FROM job j JOIN execution e ON e.key = j.execution"
    " WHERE j.parent IS NOT NULL AND (j.parent >= j.number OR NOT EXISTS"
    " (SELECT 1 FROM job p WHERE p.execution = j.execution AND p.number = j.parent))"
)
_OTHER_CALLS = (
    "SELECT e.id, j.number, c.hash FROM job j JOIN execution e ON e.key = j.execution"
    " JOIN call_node c ON c.hash = j.call_hash WHERE c.eval_hash <> j.eval_hash OR c.task <> j.task"
)
_NEVER_ENDED = (
    "SELECT e.id, j.number FROM execution e JOIN job j ON j.execution = e.key"
    f" WHERE e.status <> {int(ExecutionStatus.RUNNING)} AND j.status = {int(JobStatus.RUNNING)}"
)


def jobs(connection: Asking) -> Iterator[Problem]:
    """Yield jobs whose parent is not there, whose call is another's, or that run in an execution that has ended."""
    for identity, number, parent in connection.execute(_LOST_PARENTS):
        yield Problem("job", job_id(identity, number, full=True), f"its parent {parent} is not there")
    for identity, number, call in connection.execute(_OTHER_CALLS):
        yield Problem(
            "job", job_id(identity, number, full=True), f"{call.hex()} is a call of another task or key"
        )
    for identity, number in connection.execute(_NEVER_ENDED):
        yield Problem(
            "job",
            job_id(identity, number, full=True),
            "it is recorded as running, and its execution has ended",
        )
