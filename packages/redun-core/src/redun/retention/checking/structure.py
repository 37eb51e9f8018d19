"""Is the file whole, and does every reference lead somewhere?

Floor: retention.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from redun.recorder.batch import ExecutionStatus
from redun.recorder.ids import job_id
from redun.recorder.liveness import execution_status
from redun.recorder.staging import leftovers
from redun.retention.checking.asking import Asking
from redun.retention.checking.problems import Problem

__all__ = ["crashed_executions", "file_is_whole", "references", "references_of_schema"]

# References that no foreign key declares: table, column, and where it leads.
_IMPLIED = (
    ("job", "call_hash", "call_node", "hash"),
    ("call_node", "task_set", "task_set", "hash"),
)
_MOST = 100


def file_is_whole(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Ask SQLite about every page, index and constraint."""
    for (text,) in connection.execute(f"PRAGMA integrity_check({_MOST})"):
        if text != "ok":
            yield Problem("damaged", "the database", str(text))


def references(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Yield the rows that refer to rows which are not there; those of a running execution may be staged."""
    staged = leftovers(connection)
    tables = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
        if not name.startswith(("staged_", "sqlite_"))
    ]
    declared = []
    for table in tables:
        for _, _, parent, column, target, *_ in connection.execute(
            f"PRAGMA foreign_key_list({table})"
        ).fetchall():
            declared.append((table, column, parent, target))
    for table, column, parent, target in (*declared, *_IMPLIED):
        if parent in tables:
            key = [
                name
                for _, name, *_, position in connection.execute(f"PRAGMA table_info({table})").fetchall()
                if position
            ]
            reference = _Reference(table, key, column, parent, target)
            yield from _dangling(connection, reference, staged=f"staged_{parent}" in staged)


def references_of_schema(connection: Asking) -> Iterator[Problem]:
    """Yield the rows that refer to rows which are not there, as the present schema has the references."""
    from redun.recorder.schema import metadata

    declared = [
        (table.name, key.parent.name, key.column.table.name, key.column.name)
        for table in metadata.sorted_tables
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name)
    ]
    for table, column, parent, target in (*declared, *_IMPLIED):
        keys = [one.name for one in metadata.tables[table].primary_key]
        yield from _dangling(connection, _Reference(table, keys, column, parent, target))


def crashed_executions(connection: Asking, now: int | None = None) -> Iterator[Problem]:
    """Yield executions that are recorded as running and are dead.

    Parameters
    ----------
    connection : Asking
    now : int, optional
        The present time on the clock of their signs of life; this machine's by default.
    """
    rows = connection.execute(
        "SELECT id, status, heartbeat, host, pid FROM execution WHERE status = ?",
        (int(ExecutionStatus.RUNNING),),
    )
    for identity, *life in rows.fetchall():
        if execution_status(*life, now=now) is ExecutionStatus.CRASHED:
            yield Problem("crashed", identity.hex(), f"process {life[3]} on {life[2]}")


class _Reference(NamedTuple):
    """A column that leads to another table; `key` is what its own rows are known by."""

    table: str
    key: Sequence[str]
    column: str
    parent: str
    target: str


def _dangling(connection: Asking, reference: _Reference, *, staged: bool = False) -> Iterator[Problem]:
    table, key, column, parent, target = reference
    columns = ", ".join(f't."{name}"' for name in key)
    query = (
        f'SELECT {columns}, t."{column}" FROM "{table}" t WHERE t."{column}" IS NOT NULL'
        f' AND NOT EXISTS (SELECT 1 FROM "{parent}" p WHERE p."{target}" = t."{column}")'
    )
    if staged:
        query += f' AND NOT EXISTS (SELECT 1 FROM "staged_{parent}" p WHERE p."{target}" = t."{column}")'
    for *found, missing in connection.execute(query):
        yield Problem(
            "reference",
            _subject(connection, table, found),
            f"{table}.{column} leads to {_text(missing)}, which is no {parent}",
        )


def _subject(connection: Asking, table: str, key: list[object]) -> str:
    if table in ("job", "attempt", "output"):
        row = connection.execute("SELECT id FROM execution WHERE key = ?", (key[0],)).fetchone()
        if row is not None:
            return job_id(row[0], int(str(key[1])), full=True)
    return " ".join([table, *map(_text, key)])


def _text(item: object) -> str:
    return item.hex() if isinstance(item, bytes) else str(item)
