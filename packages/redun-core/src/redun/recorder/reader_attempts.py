"""Read the attempts at jobs that were retried.

Floor: recorder.
"""

from __future__ import annotations

import attrs
from redun.recorder import reader_sql as sql
from redun.recorder.reader import Reader
from redun.recorder.reader_records import JobRecord

__all__ = ["AttemptRecord", "attempts_of_job"]


@attrs.frozen
class AttemptRecord:
    """How an attempt ended: `error` and `cause` are empty if it succeeded. Times are microseconds."""

    number: int
    error: str
    cause: str
    started: int
    duration: int | None


def attempts_of_job(reader: Reader, job: JobRecord) -> list[AttemptRecord]:
    """Return the attempts at a job in order; none if one was enough."""
    rows = reader.database.rows(sql.ATTEMPTS, job.execution_key, job.number)
    return [AttemptRecord(*row) for row in rows]
