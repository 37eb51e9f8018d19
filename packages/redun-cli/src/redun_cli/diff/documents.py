"""Comparisons as JSON documents.

Floor: command line.
"""

from __future__ import annotations

from typing import Any

from redun.recorder.comparing import Comparison, Difference
from redun.recorder.reader_records import ExecutionRecord, JobRecord

from redun_cli.log.documents import job_id
from redun_cli.log.moments import iso
from redun_cli.why.documents import cause_document

__all__ = ["comparison_document", "difference_document"]

Document = dict[str, Any]


def comparison_document(comparison: Comparison, task: str | None) -> Document:
    """Return the comparison without its jobs."""
    tasks = [one for one in comparison.tasks() if task in (None, one.task)]
    return {
        "kind": "diff",
        "old": _execution(comparison.old),
        "new": _execution(comparison.new),
        "executions": [
            {"name": change.name, "old": change.old, "new": change.new} for change in comparison.executions()
        ],
        "inputs": [cause_document(cause) for cause in comparison.root_inputs()],
        "code": [
            {
                "task": change.task,
                "old": change.old,
                "new": change.new,
                "causes": [cause_document(cause) for cause in change.causes],
            }
            for change in comparison.versions()
            if task in (None, change.task)
        ],
        "tasks": [
            {
                "task": one.task,
                "jobs": [one.before, one.after],
                "ran": list(one.ran),
                "took": [time / 1e6 for time in one.took],
                "same": one.same,
                **{change.value: number for change, number in one.counts.items()},
            }
            for one in tasks
        ],
    }


def difference_document(difference: Difference) -> Document:
    """Return a job that differs."""
    return {
        "kind": "job_diff",
        "task": difference.task,
        "old": None if difference.old is None else _job(difference.old),
        "new": None if difference.new is None else _job(difference.new),
        "changes": [change.value for change in difference.changes],
        "inputs": [cause_document(cause) for cause in difference.inputs],
        "results": list(difference.results),
    }


def _execution(record: ExecutionRecord) -> Document:
    return {"id": record.id.hex(), "status": record.status.name, "started": iso(record.started)}


def _job(record: JobRecord) -> Document:
    return {
        "id": job_id(record, record.number),
        "status": record.status.name,
        "duration": None if record.duration is None else record.duration / 1e6,
        "task_hash": record.task_hash.hex(),
    }
