"""Tell a record that some other program wrote or changed from one that redun wrote.

Floor: recorder. Nobody looks for such rows beforehand: only after an error that nothing else explains are types, codes,
times and references of all rows looked at, until one is found that cannot be.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from redun.recorder.batch import ExecutionStatus, JobStatus, OutputStream, Reason, ValueFlag, ValueFormat

__all__ = ["unsound_item", "unsound_row"]

Rows = Callable[[str], Iterable[Any]]

_LATEST = 253_402_300_799_000_000
"""The last microsecond that a calendar knows."""

_PRESENT = f"0 AND {_LATEST}"
_ALL_FLAGS = sum(ValueFlag)
_RANGES = {
    ("execution", "status"): f"0 AND {max(ExecutionStatus)}",
    ("execution", "started"): _PRESENT,
    ("execution", "ended"): _PRESENT,
    ("execution", "heartbeat"): _PRESENT,
    ("execution", "pid"): f"1 AND {2**31 - 1}",
    ("job", "status"): f"0 AND {max(JobStatus)}",
    ("job", "reason"): f"0 AND {max(Reason)}",
    ("job", "started"): _PRESENT,
    ("job", "duration"): _PRESENT,
    ("job", "parent"): "0 AND number - 1",
    ("attempt", "started"): _PRESENT,
    ("attempt", "duration"): _PRESENT,
    ("output", "stream"): f"1 AND {max(OutputStream)}",
    ("value", "format"): f"0 AND {max(ValueFormat)}",
    ("value", "flags"): f"0 AND {_ALL_FLAGS}",
}
_TYPES = {"TEXT": "text", "BLOB": "blob"}
_LISTS = (("execution", "argv"), ("task", "parameters"))


def unsound_row(connection: sqlite3.Connection) -> str | None:
    """Return what is wrong with the first row that redun cannot have written; None if there is no such row."""
    return next(_unsound(connection), None)


def unsound_item(rows: Rows) -> str | None:
    """Return what is wrong with the first code, time or list that redun cannot have written, in any database.

    Parameters
    ----------
    rows : callable
        Answers a question.
    """
    return next(_unsound_items(rows), None)


def _unsound(connection: sqlite3.Connection) -> Iterator[str]:
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        if table.startswith(("sqlite_", "staged_", "alembic_")):
            continue
        for _, column, declared, required, _, _ in connection.execute(
            f"PRAGMA table_info({table})"
        ).fetchall():
            kind = _TYPES.get(declared, "integer")
            fits = f"typeof(\"{column}\") = '{kind}'" + ("" if required else f' OR "{column}" IS NULL')
            if connection.execute(f"SELECT 1 FROM {table} WHERE NOT ({fits}) LIMIT 1").fetchone():
                yield f"{table}.{column} holds something else than {kind}"
    yield from _unsound_items(connection.execute)
    for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"a row of {table} refers to a row of {parent} that is missing"


def _unsound_items(rows: Rows) -> Iterator[str]:
    for (table, column), bounds in _RANGES.items():
        for (item,) in rows(f"SELECT {column} FROM {table} WHERE {column} NOT BETWEEN {bounds} LIMIT 1"):
            yield f"{table}.{column} is {item!r}, which it never is"
    for table, column in _LISTS:
        for (text,) in rows(f"SELECT {column} FROM {table}"):
            if not _is_list_of_texts(text):
                yield f"{table}.{column} holds something else than a list of texts"


def _is_list_of_texts(text: str) -> bool:
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(items, list) and all(isinstance(item, str) for item in items)
