"""What happens to jobs whose leases others wait for.

Floor: scheduler. A lease is given back among the rows that others may replay, so that they find these when it is
over.
"""

from __future__ import annotations

from collections.abc import Collection
from math import inf
from typing import TYPE_CHECKING

from redun.recorder.batch import JobStatus
from redun.scheduler.journal import Journal

if TYPE_CHECKING:
    from redun.recorder.interface import Leases, Recorder
    from redun.scheduler.cells import Job
    from redun.value.seal import Sealed

__all__ = ["LeaseJournal"]


class LeaseJournal(Journal):
    """Collects the rows of an execution that shares its work in flight.

    Parameters
    ----------
    recorder, execution, identity, max_value_size
        As for `Journal`.
    leases : Leases
        Where leases are claimed.

    Attributes
    ----------
    held : dict of eval hash to (Job, token)
        The leases that jobs of this execution have.
    """

    def __init__(
        self,
        recorder: Recorder,
        execution: int,
        identity: bytes,
        max_value_size: float = inf,
        *,
        leases: Leases,
    ) -> None:
        super().__init__(recorder, execution, identity, max_value_size)
        self.execution = execution
        self.leases = leases
        self.held: dict[bytes, tuple[Job, int]] = {}

    def release(self, job: Job) -> None:
        """Give back the lease of a job, if it has one."""
        job_and_token = self.held.get(job.eval_hash)
        if job_and_token is not None and job_and_token[0] is job:
            del self.held[job.eval_hash]
            self._batch.releases.append((job.eval_hash, self.execution, job_and_token[1]))

    def release_all_but(self, jobs: Collection[Job]) -> None:
        """Give back the leases of jobs that are not among some."""
        for job, _ in list(self.held.values()):
            if job not in jobs:
                self.release(job)

    def returned(self, job: Job, sealed: Sealed) -> None:
        """Note what the body of a job returned."""
        super().returned(job, sealed)
        if job.single and not job.whole:
            self.release(job)

    def finished(self, job: Job, value_hash: bytes, *, known: bool, failed: bool = False) -> None:
        """Note the end of a job's call."""
        super().finished(job, value_hash, known=known, failed=failed)
        self.release(job)

    def state(self, job: Job, status: JobStatus | None = None) -> None:
        """Note a job's present state, or another one."""
        super().state(job, status)
        if job.status is JobStatus.CANCELLED:
            self.release(job)
