"""One record in detail, as lines or as documents.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, cast

from redun.recorder.lineage import upstream
from redun.recorder.reader import Reader
from redun.recorder.reader_records import CallRecord, Candidate, JobRecord, Kind

from redun_cli.log import documents
from redun_cli.log.execution import execution_detail
from redun_cli.log.folding import Folding
from redun_cli.log.job import call_detail, error_lines, job_detail
from redun_cli.log.listing import job_documents, jobs_of_execution
from redun_cli.log.tags import tags_of, tags_of_job
from redun_cli.log.value import file_detail, latest_version, producing_job, task_detail, value_detail

__all__ = ["VARIABLES", "documents_about", "lines_about", "lines_of_record"]

VARIABLES = 500
"""Variables of a dataflow that are shown unless more are asked for."""


def lines_about(
    reader: Reader, found: Candidate, jobs: int | None, variables: int, folding: Folding | None
) -> Iterator[str]:
    """Yield the lines about what was found: at most so many jobs of a tree, and variables of a dataflow."""
    key: Any = found.key
    if found.kind is Kind.EXECUTION:
        return execution_detail(reader, reader.execution_of_id(key), jobs, folding)
    if found.kind is Kind.FILE:
        return file_detail(reader, key, variables)
    if found.kind is Kind.JOB:
        return lines_of_record(reader, found.kind, reader.job(*key), variables)
    of = {Kind.CALL: reader.call, Kind.TASK: reader.task, Kind.VALUE: reader.value}
    return lines_of_record(reader, found.kind, of[found.kind](key), variables)


def lines_of_record(reader: Reader, kind: Kind, record: Any, variables: int) -> Iterator[str]:
    """Yield the lines about a record; about an execution without the tree of its jobs."""
    if kind is Kind.EXECUTION:
        return execution_detail(reader, record, folding=Folding(depth=0))
    if kind is Kind.JOB:
        return job_detail(reader, record, variables)
    if kind is Kind.CALL:
        return call_detail(reader, record, variables)
    if kind is Kind.TASK:
        return task_detail(reader, record)
    if kind is Kind.VALUE:
        return value_detail(reader, record, variables)
    return file_detail(reader, record.path, variables)


def documents_about(reader: Reader, found: Candidate, jobs: int, variables: int) -> Iterator[dict[str, Any]]:
    """Yield the documents about what was found: an execution is followed by its jobs, all else is one document."""
    key: Any = found.key
    if found.kind is Kind.EXECUTION:
        execution = reader.execution_of_id(key)
        tags = tags_of(reader, "execution", execution.id)
        table = documents.status_table(reader.status_table(execution.key))
        yield {**documents.execution(execution, tags), "jobs": table}
        yield from job_documents(reader, islice(jobs_of_execution(reader, execution.key), jobs))
    elif found.kind is Kind.JOB:
        yield _job(reader, reader.job(*key), variables)
    elif found.kind is Kind.CALL:
        call = reader.call(key)
        yield {
            **documents.call(call),
            "jobs": [documents.job_id(job, job.number) for job in reader.jobs_of_call(call.hash)],
            "parents": [documents.call(parent) for parent in reader.parents(call.hash)],
            "children": [documents.call(child) for child in reader.children(call.hash)],
            **_result(reader, call, None, variables),
        }
    elif found.kind is Kind.TASK:
        yield _task(reader, key)
    elif found.kind is Kind.VALUE:
        value = reader.value(key)
        flow = upstream(reader, value, name="value", limit=variables)
        tags = tags_of(reader, "value", value.hash)
        yield {**documents.value(value), "tags": tags, "upstream": documents.upstream(flow)}
    else:
        file, others = latest_version(reader, cast(str, key))
        producer = producing_job(reader, file)
        yield {
            **documents.file(file),
            "produced_by": None if producer is None else _job(reader, producer, variables),
            "other_contents": [documents.file(other) for other in others],
        }


def _task(reader: Reader, task_hash: bytes) -> dict[str, Any]:
    return {**documents.task(reader.task(task_hash)), "tags": tags_of(reader, "task", task_hash)}


def _job(reader: Reader, job: JobRecord, variables: int) -> dict[str, Any]:
    document = next(job_documents(reader, [job]))
    document["tags"] = tags_of_job(reader, job)
    document["task_record"] = _task(reader, job.task_hash)
    call = reader.calls([job.call_hash]).get(job.call_hash) if job.call_hash is not None else None
    return {**document, **(_result(reader, call, job, variables) if call is not None else {"result": None})}


def _result(reader: Reader, call: CallRecord, job: JobRecord | None, variables: int) -> dict[str, Any]:
    value = reader.value(call.value_hash)
    if call.failed:
        return {"error": {**documents.value(value), "lines": list(error_lines(reader, value))}}
    flow = upstream(reader, value, job=job, call=call, limit=variables)
    return {"result": documents.value(value), "upstream": documents.upstream(flow)}
