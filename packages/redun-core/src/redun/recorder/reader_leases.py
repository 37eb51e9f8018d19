"""For which executions jobs wait.

Floor: recorder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.recorder.batch import JobStatus

if TYPE_CHECKING:
    from redun.recorder.reader import Reader
    from redun.recorder.reader_records import JobRecord

__all__ = ["awaited_execution"]

_HOLDER = "SELECT e.id FROM lease l JOIN execution e ON e.key = l.execution WHERE l.eval_hash = ? AND l.execution <> ?"


def awaited_execution(reader: Reader, job: JobRecord) -> bytes | None:
    """Return the id of the execution that runs a call equal to the job's, while the job waits for its result."""
    if job.status is not JobStatus.RUNNING:
        return None
    rows = list(reader.database.rows(_HOLDER, job.eval_hash, job.execution_key))
    return bytes(rows[0][0]) if rows else None
