"""Is the file whole, and does every reference lead somewhere?

Floor: retention.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from redun.recorder.batch import ExecutionStatus
from redun.recorder.ids import job_id
from redun.recorder.liveness import execution_status
from redun.recorder.staging import leftovers
from redun.retention.checking.problems import Problem

__all__ = ["crashed_executions", "file_is_whole", "references"]

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
            yield from _dangling(connection, table, column, parent, target, f"staged_{parent}" in staged)


def crashed_executions(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Yield executions that are recorded as running and are dead."""
    rows = connection.execute(
        "SELECT id, status, heartbeat, host, pid FROM execution WHERE status = ?",
        (int(ExecutionStatus.RUNNING),),
    )
    for identity, *life in rows.fetchall():
        if execution_status(*life) is ExecutionStatus.CRASHED:
            yield Problem("crashed", identity.hex(), f"process {life[3]} on {life[2]}")


def _dangling(
    connection: sqlite3.Connection, table: str, column: str, parent: str, target: str, staged: bool
) -> Iterator[Problem]:
    key = [
        name
        for _, name, *_, position in connection.execute(f"PRAGMA table_info({table})").fetchall()
        if position
    ]
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


def _subject(connection: sqlite3.Connection, table: str, key: list[object]) -> str:
    if table in ("job", "attempt", "output"):
        row = connection.execute("SELECT id FROM execution WHERE key = ?", (key[0],)).fetchone()
        if row is not None:
            return job_id(row[0], int(str(key[1])), full=True)
    return " ".join([table, *map(_text, key)])


def _text(item: object) -> str:
    return item.hex() if isinstance(item, bytes) else str(item)
