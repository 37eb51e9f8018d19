"""Read what jobs printed and logged.

Floor: recorder.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from redun.recorder import reader_sql as sql
from redun.recorder.batch import JobStatus, OutputStream
from redun.recorder.reader import Reader
from redun.recorder.reader_records import JobRecord

__all__ = ["JobOutput", "StreamRecord", "jobs_with_output", "output_of_job"]


@attrs.frozen
class StreamRecord:
    """One stream of a job; `dropped` bytes are missing from the middle of its text."""

    stream: OutputStream
    text: str
    dropped: int

    @property
    def name(self) -> str:
        """`stdout`, `stderr` or `log`."""
        return self.stream.name.lower()


@attrs.frozen
class JobOutput:
    """What a job printed and logged; `ran` is the job that it replays, where that is another one."""

    job: JobRecord
    ran: JobRecord | None
    streams: Sequence[StreamRecord]


def output_of_job(reader: Reader, job: JobRecord) -> JobOutput:
    """Return what a job wrote, or, if it was replayed, the job that ran in its place."""
    ran = None
    if job.status is JobStatus.CACHED and job.call_hash is not None:
        ran = reader.job_that_ran(job.call_hash)
    writer = job if ran is None else ran
    rows = reader.database.rows(sql.OUTPUTS, writer.execution_key, writer.number)
    streams = [StreamRecord(OutputStream(stream), text, dropped) for stream, text, dropped in rows]
    return JobOutput(job, ran, streams)


def jobs_with_output(reader: Reader, execution_key: int, limit: int) -> list[JobRecord]:
    """Return the jobs of an execution that wrote something themselves."""
    rows = reader.database.rows(sql.JOBS_WITH_OUTPUT, execution_key, limit)
    return [reader.job(execution_key, number) for (number,) in rows]
