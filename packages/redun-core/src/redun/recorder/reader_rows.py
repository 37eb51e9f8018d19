"""Turn rows of `reader_sql` into records.

Floor: recorder.
"""

from __future__ import annotations

import json

from redun.recorder.batch import ExecutionStatus, JobStatus, Reason, ValueFlag, ValueFormat
from redun.recorder.liveness import execution_status
from redun.recorder.reader_database import Row
from redun.recorder.reader_records import CallRecord, ExecutionRecord, JobRecord, TaskRecord, ValueRecord

__all__ = ["call_of", "execution_of", "job_of", "job_status_of", "task_of", "value_of"]


def job_status_of(code: int, execution: ExecutionStatus) -> JobStatus:
    """Return the state of a job: running jobs of a crashed execution are lost."""
    status = JobStatus(code)
    return JobStatus.LOST if status is JobStatus.RUNNING and execution is ExecutionStatus.CRASHED else status


def execution_of(row: Row) -> ExecutionRecord:
    """Make an execution."""
    key, identity, argv, task, status, started, ended, heartbeat, host, pid, version, error, origin = row
    return ExecutionRecord(
        key,
        identity,
        tuple(json.loads(argv)),
        task,
        execution_status(status, heartbeat, host, pid),
        started,
        ended,
        heartbeat,
        host,
        pid,
        version,
        error,
        origin,
    )


def job_of(row: Row) -> JobRecord:
    """Make a job."""
    execution = execution_status(*row[14:18])
    return JobRecord(
        execution_key=row[0],
        execution_id=row[1],
        number=row[2],
        parent=row[3],
        task=f"{row[4]}.{row[5]}" if row[4] else row[5],
        task_hash=row[6],
        eval_hash=row[7],
        call_hash=row[8],
        status=job_status_of(row[9], execution),
        reason=Reason(row[10]),
        executor=row[11],
        started=row[12],
        duration=row[13],
    )


def call_of(row: Row) -> CallRecord:
    """Make a call."""
    return CallRecord(
        hash=row[0],
        task=f"{row[1]}.{row[2]}" if row[1] else row[2],
        task_hash=row[3],
        eval_hash=row[4],
        value_hash=row[5],
        failed=bool(row[6]),
    )


def task_of(row: Row) -> TaskRecord:
    """Make a task."""
    _key, digest, namespace, name, parameters, source, file, line, version = row
    return TaskRecord(digest, namespace, name, tuple(json.loads(parameters)), source, file, line, version)


def value_of(row: Row) -> ValueRecord:
    """Make a value."""
    digest, type_name, size, preview, encoding, flags = row
    return ValueRecord(digest, type_name, size, preview, ValueFormat(encoding), ValueFlag(flags))
