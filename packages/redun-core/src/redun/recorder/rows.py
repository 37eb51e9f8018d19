"""Turn rows into the flat parameters of multi-row inserts.

Floor: recorder, and its hottest code. Two costs of the standard library's driver shape it. It releases and takes back
the interpreter lock for every statement, so rows go by the score in one. And before it binds a parameter whose type is
not exactly int, float, str or bytearray, it spends a microsecond on asking the object to adapt itself: so bytes become
bytearrays, and codes lose their enum (by ``+``, which is quicker than ``int``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from redun.recorder.statements import INSERTS

__all__ = ["STAGED", "insert"]

STAGED = frozenset({"values", "evaluations", "arguments", "calls", "leaf_calls", "signed_values"})
"""Which of `recorder.statements.INSERTS` may go to a staging table."""

# Few sizes, so that every statement is prepared once and reused. 64 rows of eleven columns stay below 999 parameters,
# the least limit of any SQLite, and more rows are no quicker.
_SIZES = (64, 8, 1)

_B = bytearray
_Rows = Sequence[Any]


def insert(connection: sqlite3.Connection, name: str, rows: _Rows, *, staged: bool = False) -> None:
    """Insert rows.

    Parameters
    ----------
    connection : sqlite3.Connection
    name : str
        Which of `recorder.statements.INSERTS`.
    rows : sequence of tuple
        In the order of its columns.
    staged : bool
        Append to the staging table instead, if there is one for them.
    """
    execute = connection.execute
    flatten = _FLATTEN[name]
    staged = staged and name in STAGED
    start, count = 0, len(rows)
    for size in _SIZES:
        if count - start >= size:
            text = _texts[name, size, staged]
            for begin in range(start, count - size + 1, size):
                execute(text, flatten(rows[begin : begin + size]))
            start = count - (count - start) % size


class _Texts(dict[tuple[str, int, bool], str]):
    def __missing__(self, key: tuple[str, int, bool]) -> str:
        name, size, staged = key
        head, row, tail = INSERTS[name]
        if staged:
            # It needs no tail: rows are appended as they come.
            head, tail = head.replace("INSERT INTO ", "INSERT INTO staged_"), ""
        text = self[key] = head + ", ".join([row] * size) + tail
        return text


_texts = _Texts()


def _values(rows: _Rows) -> list[Any]:
    return [
        item
        for key, kind, size, preview, encoding, flags, blob in rows
        for item in (_B(key), kind, size, preview, +encoding, +flags, None if blob is None else _B(blob))
    ]


def _signed(rows: _Rows) -> list[Any]:
    return [
        item
        for key, kind, size, preview, encoding, flags, payload, signature in rows
        for item in (_B(key), kind, size, preview, +encoding, +flags, payload, signature)
    ]


def _stored_values(rows: _Rows) -> list[Any]:
    return [
        item
        for key, kind, size, preview, encoding, flags, store in rows
        for item in (_B(key), kind, size, preview, +encoding, +flags, store)
    ]


def _hashes(rows: _Rows) -> list[Any]:
    return [_B(item) for row in rows for item in row]


def _arguments(rows: _Rows) -> list[Any]:
    return [item for key, position, name, value in rows for item in (_B(key), position, name, _B(value))]


def _positioned(rows: _Rows) -> list[Any]:
    return [item for key, position, other in rows for item in (_B(key), position, _B(other))]


def _leaf_calls(rows: _Rows) -> list[Any]:
    return [
        item
        for key, task, call, value, failed in rows
        for item in (_B(key), task, _B(call), _B(value), failed)
    ]


def _jobs(rows: _Rows) -> list[Any]:
    return [
        item
        for execution, number, parent, task, key, call, status, reason, executor, started, duration in rows
        for item in (
            execution,
            number,
            parent,
            task,
            _B(key),
            None if call is None else _B(call),
            +status,
            +reason,
            executor or "",
            started,
            duration,
        )
    ]


def _any(rows: _Rows) -> list[Any]:
    return [item for row in rows for item in row]


_FLATTEN: dict[str, Callable[[_Rows], list[Any]]] = {
    "values": _values,
    "stored_values": _stored_values,
    "signed_values": _signed,
    "signed_stored_values": _signed,
    "evaluations": _hashes,
    "arguments": _arguments,
    "flows": _positioned,
    "leaf_calls": _leaf_calls,
    "calls": _any,
    "call_edges": _positioned,
    "task_sets": _hashes,
    "subvalues": _hashes,
    "files": _any,
    "tags": _any,
    "tasks": _any,
    "task_parts": _any,
    "codes": _any,
    "jobs": _jobs,
    "attempts": _any,
    "outputs": _any,
    "handles": _any,
    "handle_edges": _hashes,
    "leases": _any,
    "executions": _any,
}
