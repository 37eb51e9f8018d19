"""Lists of records of one kind, as lines or as documents.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from redun.errors import RecordNotFoundError
from redun.recorder.ids import HASH_BYTES, prefix_range
from redun.recorder.reader import Reader
from redun.recorder.reader_files import files
from redun.recorder.reader_records import ExecutionRecord, JobRecord, Kind

from redun_cli.log import documents
from redun_cli.log.lines import call_line, execution_lines, file_line, job_lines, task_line, value_line

__all__ = ["documents_of", "job_documents", "jobs_of_execution", "lines_of"]

T = TypeVar("T")
_PAGE = 1_000


def lines_of(reader: Reader, kind: Kind, limit: int, pattern: str | None = None) -> Iterator[str]:
    """Yield a line for each record of a kind, at most `limit`, and say so when there are more."""
    records = _records(reader, kind, pattern)
    yield from _LINES[kind](reader, islice(records, limit))
    if next(records, None) is not None:
        yield f"... there are more; `--limit 0` shows them all, `--limit {2 * limit}` twice as many"


def documents_of(
    reader: Reader, kind: Kind, limit: int, pattern: str | None = None
) -> Iterator[dict[str, Any]]:
    """Yield a document for each record of a kind, at most `limit`."""
    yield from _DOCUMENTS[kind](reader, islice(_records(reader, kind, pattern), limit))


def job_documents(reader: Reader, jobs: Iterable[JobRecord]) -> Iterator[dict[str, Any]]:
    """Yield the document of each job, with its arguments."""
    for chunk in _pages(jobs):
        arguments = reader.arguments(job.eval_hash for job in chunk)
        for job in chunk:
            yield documents.job(job, arguments.get(job.eval_hash, ()))


def jobs_of_execution(reader: Reader, execution_key: int) -> Iterator[JobRecord]:
    """Yield the jobs of an execution as they were made, however many."""
    after = -1
    while page := reader.jobs(execution_key, _PAGE, after=after):
        yield from page
        after = page[-1].number


def _records(reader: Reader, kind: Kind, pattern: str | None) -> Iterator[Any]:
    if kind is Kind.EXECUTION:
        return _executions(reader)
    if kind is Kind.JOB:
        return (job for execution in _executions(reader) for job in jobs_of_execution(reader, execution.key))
    if kind is Kind.TASK:
        return iter(reader.tasks())
    if kind is Kind.FILE:
        return _files(reader, pattern)
    between: Callable[[bytes, bytes, int], list[Any]] = (
        reader.calls_between if kind is Kind.CALL else reader.values_between
    )
    return _by_hash(between)


def _executions(reader: Reader) -> Iterator[ExecutionRecord]:
    offset = 0
    while page := reader.executions(_PAGE, offset):
        yield from page
        offset += len(page)


def _files(reader: Reader, pattern: str | None) -> Iterator[Any]:
    none = True
    for file in files(reader, pattern):
        none = False
        yield file
    if none and pattern is not None:
        raise RecordNotFoundError(f"no file in the record matches {pattern!r}")


def _by_hash(between: Callable[[bytes, bytes, int], list[Any]]) -> Iterator[Any]:
    bounds = prefix_range("", HASH_BYTES)
    assert bounds is not None
    first, last = bounds
    while page := between(first, last, _PAGE):
        yield from page
        if page[-1].hash == last:
            return
        first = (int.from_bytes(page[-1].hash, "big") + 1).to_bytes(HASH_BYTES, "big")


def _execution_documents(reader: Reader, executions: Iterable[ExecutionRecord]) -> Iterator[dict[str, Any]]:
    for page in _pages(executions):
        tags = reader.tags("execution", [execution.id for execution in page])
        for execution in page:
            yield documents.execution(execution, tags.get(execution.id, {}))


def _pages(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while page := list(islice(iterator, _PAGE)):
        yield page


_LINES: dict[Kind, Callable[[Reader, Iterable[Any]], Iterator[str]]] = {
    Kind.EXECUTION: execution_lines,
    Kind.JOB: job_lines,
    Kind.CALL: lambda _reader, calls: map(call_line, calls),
    Kind.TASK: lambda _reader, tasks: map(task_line, tasks),
    Kind.VALUE: lambda _reader, values: map(value_line, values),
    Kind.FILE: lambda _reader, listed: map(file_line, listed),
}
_DOCUMENTS: dict[Kind, Callable[[Reader, Iterable[Any]], Iterator[dict[str, Any]]]] = {
    Kind.EXECUTION: _execution_documents,
    Kind.JOB: job_documents,
    Kind.CALL: lambda _reader, calls: map(documents.call, calls),
    Kind.TASK: lambda _reader, tasks: map(documents.task, tasks),
    Kind.VALUE: lambda _reader, values: map(documents.value, values),
    Kind.FILE: lambda _reader, listed: map(documents.file, listed),
}
