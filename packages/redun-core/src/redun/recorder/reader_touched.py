"""The calls, tasks, values and files that some jobs have to do with, each once, in the order in which they are met.

Floor: recorder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from redun.recorder import reader_sql as sql
from redun.recorder.reader_files import file_versions
from redun.recorder.reader_records import CallRecord, FileRecord, JobRecord, TaskRecord, ValueRecord
from redun.recorder.reader_rows import task_of, value_of

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["calls_of", "files_of", "tasks_by_key", "tasks_of", "values_of", "values_of_type"]

_PAGE = 200
# What `repr` of a file shows, unless it was too long to be kept whole.
_FILE = re.compile(r"\w+\(path=(?P<path>.+), hash=[0-9a-f]+\)", re.DOTALL)


def calls_of(reader: Reader, jobs: Iterable[JobRecord]) -> Iterator[CallRecord]:
    """Yield the calls that the jobs made or replayed."""
    met: set[bytes] = set()
    for page in _pages(jobs):
        hashes = [job.call_hash for job in page if job.call_hash is not None and job.call_hash not in met]
        met.update(hashes)
        yield from reader.calls(hashes).values()


def tasks_of(reader: Reader, jobs: Iterable[JobRecord]) -> Iterator[TaskRecord]:
    """Yield the versions of tasks that the jobs are of."""
    met: set[bytes] = set()
    for job in jobs:
        if job.task_hash not in met:
            met.add(job.task_hash)
            yield reader.task(job.task_hash)


def tasks_by_key(reader: Reader, keys: Iterable[int]) -> list[TaskRecord]:
    """Return versions of tasks."""
    return [task_of(row) for row in reader.database.many(sql.TASKS_BY_KEY, keys)]


def values_of(reader: Reader, jobs: Iterable[JobRecord]) -> Iterator[ValueRecord]:
    """Yield the arguments and results of the jobs."""
    met: set[bytes] = set()
    for page in _pages(jobs):
        arguments = reader.arguments(job.eval_hash for job in page)
        calls = reader.calls(job.call_hash for job in page if job.call_hash is not None)
        results = reader.values(call.value_hash for call in calls.values())
        for job in page:
            values = [argument.value for argument in arguments.get(job.eval_hash, ())]
            call = calls.get(job.call_hash or b"")
            if call is not None and call.value_hash in results:
                values.append(results[call.value_hash])
            for value in values:
                if value.hash not in met:
                    met.add(value.hash)
                    yield value


def values_of_type(reader: Reader, name: str) -> Iterator[ValueRecord]:
    """Yield the values of a type, which of Python's own may be named without its module."""
    after = b""
    while rows := reader.database.rows(sql.VALUES_OF_TYPE, after, name, f"builtins.{name}", _PAGE):
        yield from map(value_of, rows)
        after = rows[-1][0]


def files_of(reader: Reader, jobs: Iterable[JobRecord]) -> Iterator[FileRecord]:
    """Yield the files that are arguments or results of the jobs, or in these."""
    met: set[bytes] = set()
    for value in values_of(reader, jobs):
        nested = reader.values(reader.parts(value.hash))
        for one in (value, *nested.values()):
            shown = _FILE.fullmatch(one.preview)
            if shown is None or one.hash in met:
                continue
            met.add(one.hash)
            yield from (file for file in file_versions(reader, shown["path"]) if file.value.hash == one.hash)


def _pages(jobs: Iterable[JobRecord]) -> Iterator[list[JobRecord]]:
    iterator = iter(jobs)
    while page := list(islice(iterator, _PAGE)):
        yield page
