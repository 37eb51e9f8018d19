"""The tree of jobs of an execution.

Floor: recorder. Without recursion, for a task may call itself ten thousand deep.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs
from redun.recorder.reader_records import JobRecord

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["Branch", "job_tree"]


@attrs.frozen
class Branch:
    """A line of the tree.

    Attributes
    ----------
    depth : int
        0 for the root.
    job : JobRecord
    shared : bool
        Another parent asked for the same call first; the job and what is below it belong there.
    """

    depth: int
    job: JobRecord
    shared: bool


def job_tree(reader: Reader, execution_key: int, limit: int) -> Iterator[Branch]:
    """Yield the first `limit` jobs of an execution as a tree, parents before children.

    Jobs are numbered as they are made, so the first ones always hold the parents of each.

    Siblings stand in the order of their numbers, which is the order in which their arguments were ready. A call that
    several parents ask for is one job; it is yielded below each of them.
    """
    jobs = {job.number: job for job in reader.jobs(execution_key, limit)}
    by_call: dict[bytes, JobRecord] = {}
    made: dict[int | None, list[JobRecord]] = {}
    for job in jobs.values():
        made.setdefault(job.parent if job.parent in jobs else None, []).append(job)
        if job.call_hash is not None:
            by_call.setdefault(job.call_hash, job)
    edges = reader.edges(by_call, limit)

    def below(job: JobRecord) -> list[JobRecord]:
        own = made.get(job.number, [])
        called = edges.get(job.call_hash, ()) if job.call_hash is not None else ()
        shared = {by_call[call].number: by_call[call] for call in called if call in by_call}
        return [*own, *(other for number, other in shared.items() if other.parent != job.number)]

    pending = [Branch(0, job, False) for job in reversed(made.get(None, []))]
    while pending:
        branch = pending.pop()
        yield branch
        if not branch.shared:
            children = sorted(below(branch.job), key=lambda child: child.number, reverse=True)
            pending.extend(
                Branch(branch.depth + 1, child, child.parent != branch.job.number) for child in children
            )
