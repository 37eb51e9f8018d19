"""The jobs that a job made.

Floor: recorder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from redun.recorder.reader_columns import JOB
from redun.recorder.reader_records import JobRecord
from redun.recorder.reader_rows import job_of

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["child_jobs"]

# Off the index of the tree alone; the jobs themselves are then fetched a few hundred at a time.
NUMBERS = "SELECT number FROM job WHERE execution = ? AND parent = ? ORDER BY number"
JOBS_BY_NUMBER = JOB + "WHERE j.execution = ? AND j.number IN ({ids}) ORDER BY j.number"


def child_jobs(reader: Reader, job: JobRecord) -> Iterator[JobRecord]:
    """Yield the jobs of the calls that a job was the first to make, in their order."""
    numbers = (number for (number,) in reader.database.rows(NUMBERS, job.execution_key, job.number))
    yield from map(job_of, reader.database.many(JOBS_BY_NUMBER, numbers, job.execution_key))
