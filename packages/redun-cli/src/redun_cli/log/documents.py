"""Records as JSON documents: what a program reads, with full ids and ISO 8601 times.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from redun.recorder.lineage_records import Derivation, Made, Passed, Step, Upstream
from redun.recorder.reader_records import (
    ArgumentRecord,
    CallRecord,
    ExecutionRecord,
    FileRecord,
    JobRecord,
    TaskRecord,
    TaskStatus,
    ValueRecord,
)

from redun_cli.log.moments import iso

__all__ = [
    "arguments",
    "call",
    "execution",
    "file",
    "job",
    "job_id",
    "status_table",
    "task",
    "upstream",
    "value",
]

Document = dict[str, Any]


def execution(record: ExecutionRecord, tags: Mapping[str, list[object]]) -> Document:
    """Return an execution."""
    return {
        "kind": "execution",
        "id": record.id.hex(),
        "status": record.status.name,
        "task": record.task,
        "argv": list(record.argv),
        "started": iso(record.started),
        "ended": None if record.ended is None else iso(record.ended),
        "duration": None if record.ended is None else (record.ended - record.started) / 1e6,
        "heartbeat": iso(record.heartbeat),
        "host": record.host,
        "pid": record.pid,
        "version": record.version,
        "error": record.error,
        "origin": record.origin,
        "tags": dict(tags),
    }


def status_table(table: Sequence[TaskStatus]) -> Document:
    """Return the number of jobs by task and state."""
    return {row.task: {status.name: number for status, number in sorted(row.counts.items())} for row in table}


def job_id(record: JobRecord, number: int) -> str:
    """Return the full id of a job of the same execution."""
    return f"{record.execution_id.hex()}.{number}"


def job(record: JobRecord, passed: Sequence[ArgumentRecord]) -> Document:
    """Return a job."""
    return {
        "kind": "job",
        "id": job_id(record, record.number),
        "execution": record.execution_id.hex(),
        "number": record.number,
        "parent": None if record.parent is None else job_id(record, record.parent),
        "task": record.task,
        "task_hash": record.task_hash.hex(),
        "status": record.status.name,
        "reason": record.reason.name,
        "executor": record.executor,
        "started": iso(record.started),
        "duration": None if record.duration is None else record.duration / 1e6,
        "eval_hash": record.eval_hash.hex(),
        "call_hash": None if record.call_hash is None else record.call_hash.hex(),
        "arguments": arguments(passed),
    }


def call(record: CallRecord) -> Document:
    """Return a call node."""
    return {
        "kind": "call_node",
        "hash": record.hash.hex(),
        "task": record.task,
        "task_hash": record.task_hash.hex(),
        "eval_hash": record.eval_hash.hex(),
        "value_hash": record.value_hash.hex(),
        "failed": record.failed,
    }


def task(record: TaskRecord) -> Document:
    """Return a task version."""
    return {
        "kind": "task",
        "hash": record.hash.hex(),
        "name": record.fullname,
        "parameters": list(record.parameters),
        "source": record.source,
        "file": record.file,
        "line": record.line,
        "version": record.version,
    }


def value(record: ValueRecord) -> Document:
    """Return a value's description."""
    return {
        "kind": "value",
        "hash": record.hash.hex(),
        "type": record.type,
        "size": record.size,
        "preview": record.preview,
        "format": record.format.name,
    }


def file(record: FileRecord) -> Document:
    """Return a file."""
    return {
        "kind": "file",
        "path": record.path,
        "hash": record.value.hash.hex(),
        "read": record.read,
        "written": record.written,
        "preview": record.value.preview,
    }


def arguments(records: Iterable[ArgumentRecord]) -> list[Document]:
    """Return the arguments of a call."""
    return [{"name": record.name, **_brief(record.value)} for record in records]


def upstream(record: Upstream) -> Document:
    """Return a dataflow."""
    return {
        "variables": [_derivation(derivation) for derivation in record.derivations],
        "truncated": record.truncated,
    }


def _derivation(record: Derivation) -> Document:
    return {
        "name": record.name,
        **_brief(record.value),
        "steps": [_step(step) for step in record.steps],
        "origin": record.origin,
    }


def _step(step: Step) -> Document:
    if isinstance(step, Made):
        made = {"call": step.call.hash.hex(), "task": step.call.task}
        return {"made_by": {**made, "arguments": [name for name, _ in step.arguments]}}
    if isinstance(step, Passed):
        return {"argument_of": {"call": step.call_hash.hex(), "task": step.task, "argument": step.argument}}
    return {"derives_from": [name for name, _ in step.parts]}


def _brief(record: ValueRecord) -> Document:
    return {"value_hash": record.hash.hex(), "type": record.type, "preview": record.preview}
