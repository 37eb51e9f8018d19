"""Explanations as JSON documents.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redun.recorder.explaining import Cause, Explanation, Group, words_of
from redun.recorder.reader_records import ExecutionRecord, JobRecord, TaskStatus

from redun_cli.log.documents import job_id
from redun_cli.log.moments import iso

__all__ = ["cause_document", "explanation_document", "groups_document"]

Document = dict[str, Any]


def explanation_document(explanation: Explanation) -> Document:
    """Return the explanation of a job."""
    job, code = explanation.job, explanation.code
    return {
        "kind": "explanation",
        "job": job_id(job, job.number),
        "task": job.task,
        "status": job.status.name,
        "reason": explanation.reason.name,
        "causes": [cause_document(cause) for cause in explanation.causes],
        "earlier": None if explanation.earlier is None else _earlier(explanation.earlier),
        "match": None if explanation.match is None else explanation.match.name,
        "repository": explanation.repository,
        "code": None
        if code is None
        else {"task_hash": code.hash.hex(), "file": code.file, "line": code.line, "version": code.version},
    }


def groups_document(
    execution: ExecutionRecord, table: Sequence[TaskStatus], groups: Sequence[Group], task: str | None
) -> Document:
    """Return the explanation of an execution."""
    return {
        "kind": "explanations",
        "execution": execution.id.hex(),
        "task": task,
        "jobs": sum(row.total for row in table),
        "groups": [_group(group) for group in groups],
    }


def _group(group: Group) -> Document:
    return {
        "task": group.task,
        "jobs": group.jobs,
        "exact": group.exact,
        "looked_at": group.looked_at,
        "causes": [cause_document(cause) for cause in group.causes],
        "example": job_id(group.example, group.example.number),
        "earlier": None if group.earlier is None else _earlier(group.earlier),
    }


def _earlier(job: JobRecord) -> Document:
    return {
        "job": job_id(job, job.number),
        "execution": job.execution_id.hex(),
        "status": job.status.name,
        "started": iso(job.started),
        "task_hash": job.task_hash.hex(),
    }


def cause_document(cause: Cause) -> Document:
    """Return a cause; what does not apply is null or empty."""
    return {
        "cause": cause.kind.value,
        "name": cause.name,
        "words": words_of(cause),
        "old": cause.old,
        "new": cause.new,
        "path": cause.path,
        "via": list(cause.via),
        "diff": list(cause.diff),
        "within": [cause_document(one) for one in cause.within],
    }
