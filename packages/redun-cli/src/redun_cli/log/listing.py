"""Lists of records of one kind, as lines or as documents, with their tags.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from redun.recorder.ids import job_tag_id
from redun.recorder.reader import Reader
from redun.recorder.reader_records import JobRecord, Kind

from redun_cli.log import documents
from redun_cli.log.lines import call_line, execution_line, file_line, job_line, task_line, value_line
from redun_cli.log.tags import tags_text

__all__ = ["document_of", "documents_of", "entity_of", "job_documents", "jobs_of_execution", "lines_of"]

T = TypeVar("T")
Tags = Mapping[str, list[object]]
_PAGE = 500
_ENTITIES = {
    Kind.EXECUTION: "execution",
    Kind.JOB: "job",
    Kind.CALL: "call",
    Kind.TASK: "task",
    Kind.VALUE: "value",
    Kind.FILE: "value",
}
_LINES: dict[Kind, Callable[[Any], str]] = {
    Kind.CALL: call_line,
    Kind.TASK: task_line,
    Kind.VALUE: value_line,
    Kind.FILE: file_line,
}
_DOCUMENTS: dict[Kind, Callable[[Any], dict[str, Any]]] = {
    Kind.CALL: documents.call,
    Kind.TASK: documents.task,
    Kind.VALUE: documents.value,
    Kind.FILE: documents.file,
}


def entity_of(kind: Kind, record: Any) -> tuple[str, bytes]:
    """Return what tags know a record by; a file by its content."""
    if kind is Kind.EXECUTION:
        identity = record.id
    elif kind is Kind.JOB:
        identity = job_tag_id(record.execution_id, record.number)
    else:
        identity = record.value.hash if kind is Kind.FILE else record.hash
    return _ENTITIES[kind], identity


def lines_of(reader: Reader, kind: Kind, records: Iterable[Any]) -> Iterator[str]:
    """Yield a line for each record of a kind."""
    jobs = kind is Kind.JOB
    for page in _pages(records):
        tags = _tags(reader, kind, page)
        if kind is Kind.EXECUTION:
            yield from (execution_line(record, tags[index]) for index, record in enumerate(page))
            continue
        arguments = reader.arguments(job.eval_hash for job in page) if jobs else {}
        for record, its_tags in zip(page, tags, strict=True):
            line = job_line(record, arguments.get(record.eval_hash, ())) if jobs else _LINES[kind](record)
            yield f"{line} ({tags_text(its_tags)})" if its_tags else line


def documents_of(reader: Reader, kind: Kind, records: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Yield a document for each record of a kind."""
    for page in _pages(records):
        arguments = reader.arguments(job.eval_hash for job in page) if kind is Kind.JOB else {}
        for record, tags in zip(page, _tags(reader, kind, page), strict=True):
            passed = arguments.get(record.eval_hash, ()) if kind is Kind.JOB else ()
            yield document_of(kind, record, passed, tags)


def document_of(kind: Kind, record: Any, passed: Any, tags: Tags) -> dict[str, Any]:
    """Return the document of a record with its tags."""
    if kind is Kind.EXECUTION:
        return documents.execution(record, tags)
    document = documents.job(record, passed) if kind is Kind.JOB else _DOCUMENTS[kind](record)
    return {**document, "tags": dict(tags)}


def job_documents(reader: Reader, jobs: Iterable[JobRecord]) -> Iterator[dict[str, Any]]:
    """Yield the document of each job, with its arguments."""
    return documents_of(reader, Kind.JOB, jobs)


def jobs_of_execution(reader: Reader, execution_key: int) -> Iterator[JobRecord]:
    """Yield the jobs of an execution as they were made, however many."""
    after = -1
    while page := reader.jobs(execution_key, _PAGE, after=after):
        yield from page
        after = page[-1].number


def _tags(reader: Reader, kind: Kind, page: list[Any]) -> list[Tags]:
    """Return the tags of each record."""
    ids = [entity_of(kind, record)[1] for record in page]
    found = reader.tags(_ENTITIES[kind], ids)
    return [found.get(identity, {}) for identity in ids]


def _pages(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    # The first few are shown at once.
    size = 50
    while page := list(islice(iterator, size)):
        yield page
        size = _PAGE
