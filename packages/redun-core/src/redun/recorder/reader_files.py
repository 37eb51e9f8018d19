"""Files in the record: which were read, which were written, and by which calls.

Floor: recorder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from redun.recorder import reader_sql as sql
from redun.recorder.reader_records import CallRecord, FileRecord, ValueRecord
from redun.recorder.reader_rows import value_of

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["external_values", "file_versions", "files", "producers"]

_CHUNK = 200
# An empty file may be the result of very many calls, and in very many lists: only this many are looked at.
_MANY = 50


def files(reader: Reader, pattern: str | None = None) -> Iterator[FileRecord]:
    """Yield the files, ordered by path; `pattern` is as in a shell, but `*` matches slashes too."""
    # The index is searched from where the first possible path would be.
    prefix = re.split(r"[*?[]", pattern, maxsplit=1)[0] if pattern else ""
    path, value_hash = prefix, b""
    while rows := reader.database.rows(sql.FILES, path, value_hash, _CHUNK):
        yield from _records(reader, [row for row in rows if pattern is None or fnmatchcase(row[0], pattern)])
        path, value_hash = rows[-1]
        if not path.startswith(prefix):
            break


def file_versions(reader: Reader, path: str) -> list[FileRecord]:
    """Return the contents that the file at `path` had."""
    return _records(reader, reader.database.rows(sql.FILES_OF_PATH, path))


def external_values(reader: Reader, hashes: Iterable[bytes]) -> list[ValueRecord]:
    """Return those of the values that stand for something outside, such as files."""
    return [value_of(row) for row in reader.database.many(sql.EXTERNAL_VALUES, hashes)]


def producers(reader: Reader, value_hash: bytes) -> list[CallRecord]:
    """Return the calls that made a value: it is in their result, but not in their arguments.

    Nor is it in the result of a call that they made. Calls whose result is the value itself come before those
    whose result holds it.
    """
    results = [value_hash, *reader.containers(value_hash, _MANY)]
    candidates = {
        call.hash: call
        for result in results
        for call in reader.calls_with_result(result, _MANY)
        if not call.failed
    }
    arguments = reader.arguments(call.eval_hash for call in candidates.values())
    edges = reader.edges(candidates, _MANY)
    return [
        call
        for call in candidates.values()
        if not any(argument.value.hash in results for argument in arguments.get(call.eval_hash, ()))
        and candidates.keys().isdisjoint(edges.get(call.hash, ()))
    ]


def _records(reader: Reader, rows: Iterable[tuple[str, bytes]]) -> list[FileRecord]:
    listed = list(rows)
    values = reader.values(value_hash for _, value_hash in listed)
    return [
        FileRecord(
            path,
            values[value_hash],
            read=bool(reader.database.rows(sql.IS_READ, value_hash, value_hash)[0][0]),
            written=bool(producers(reader, value_hash)),
        )
        for path, value_hash in listed
        if value_hash in values
    ]
