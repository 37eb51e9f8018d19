"""The records that a choice names, one kind at a time, as they are found.

Floor: command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any, TypeVar

import attrs
from redun.errors import RecordNotFoundError
from redun.recorder.ids import HASH_BYTES, prefix_range
from redun.recorder.reader import Reader
from redun.recorder.reader_conditions import task_keys
from redun.recorder.reader_files import files
from redun.recorder.reader_filters import Filter, filtered_executions, filtered_jobs
from redun.recorder.reader_records import CallRecord, FileRecord, Kind, TaskRecord, ValueRecord
from redun.recorder.reader_tagged import few_tagged, having_tags
from redun.recorder.reader_touched import (
    calls_of,
    files_of,
    tasks_by_key,
    tasks_of,
    values_of,
    values_of_type,
)

from redun_cli.log.choosing import Choice

__all__ = ["records"]

T = TypeVar("T")
_PAGE = 1_000


def records(reader: Reader, kind: Kind, choice: Choice) -> Iterator[Any]:
    """Yield the records of a kind.

    Raises
    ------
    RecordNotFoundError
        No file is like the pattern, or there is no such task.
    """
    wanted = choice.filter
    if kind is Kind.EXECUTION:
        return filtered_executions(reader, wanted)
    if kind is Kind.JOB:
        return filtered_jobs(reader, wanted)
    if kind is Kind.TASK:
        return _tagged(reader, "task", _tasks(reader, wanted), wanted)
    if kind is Kind.CALL:
        return _tagged(reader, "call", _calls(reader, wanted), wanted)
    if kind is Kind.VALUE:
        return _tagged(reader, "value", _values(reader, choice), wanted)
    return _tagged(reader, "value", _files(reader, choice), wanted, lambda file: file.value.hash)


def _tasks(reader: Reader, wanted: Filter) -> Iterator[TaskRecord]:
    if _about_jobs(attrs.evolve(wanted, tasks=(), task_hashes=())):
        return tasks_of(reader, _jobs(reader, wanted))
    keys = task_keys(reader, wanted)
    if keys is None:
        return iter(reader.tasks())
    return iter(tasks_by_key(reader, keys))


def _calls(reader: Reader, wanted: Filter) -> Iterator[CallRecord]:
    if _about_jobs(wanted):
        return calls_of(reader, _jobs(reader, wanted))
    few = few_tagged(reader, "call", wanted.tags)
    return _by_hash(reader.calls_between) if few is None else iter(reader.calls(few).values())


def _values(reader: Reader, choice: Choice) -> Iterator[ValueRecord]:
    if _about_jobs(choice.filter):
        found = values_of(reader, _jobs(reader, choice.filter))
    elif (few := few_tagged(reader, "value", choice.filter.tags)) is not None:
        found = iter(reader.values(few).values())
    elif len(choice.value_types) == 1 and not re.search(r"[*?[]", choice.value_types[0]):
        return values_of_type(reader, choice.value_types[0])
    else:
        found = _by_hash(reader.values_between)
    types = choice.value_types
    return (value for value in found if _is_of(value, types)) if types else found


def _files(reader: Reader, choice: Choice) -> Iterator[FileRecord]:
    pattern = choice.file_path
    if _about_jobs(choice.filter):
        found = files_of(reader, _jobs(reader, choice.filter))
        return (file for file in found if pattern is None or fnmatchcase(file.path, pattern))
    return _some(files(reader, pattern), pattern)


def _some(found: Iterator[FileRecord], pattern: str | None) -> Iterator[FileRecord]:
    none = True
    for file in found:
        none = False
        yield file
    if none and pattern is not None:
        raise RecordNotFoundError(f"no file in the record matches {pattern!r}")


def _about_jobs(wanted: Filter) -> bool:
    """Tell whether a filter says anything of executions or jobs; tags are those of what is listed."""
    return attrs.evolve(wanted, tags=()) != Filter()


def _jobs(reader: Reader, wanted: Filter) -> Iterator[Any]:
    return filtered_jobs(reader, attrs.evolve(wanted, tags=()))


def _is_of(value: ValueRecord, types: Sequence[str]) -> bool:
    return any(
        value.type == name or value.type == f"builtins.{name}" or fnmatchcase(value.type, name)
        for name in types
    )


def _tagged(
    reader: Reader,
    entity: str,
    found: Iterator[T],
    wanted: Filter,
    identity: Callable[[Any], bytes] = lambda record: record.hash,
) -> Iterator[T]:
    """Yield what has the tags."""
    if not wanted.tags:
        yield from found
        return
    while page := list(islice(found, _PAGE)):
        having = having_tags(reader, entity, map(identity, page), wanted.tags)
        yield from (record for record in page if identity(record) in having)


def _by_hash(between: Callable[[bytes, bytes, int], list[Any]]) -> Iterator[Any]:
    bounds = prefix_range("", HASH_BYTES)
    assert bounds is not None
    first, last = bounds
    while page := between(first, last, _PAGE):
        yield from page
        if page[-1].hash == last:
            return
        first = (int.from_bytes(page[-1].hash, "big") + 1).to_bytes(HASH_BYTES, "big")
