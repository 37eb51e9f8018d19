"""Take in a flood of rows cheaply: first in the order they come, later in the order of their keys.

Floor: recorder. A table keyed by hashes has no place where new rows go: each lands on a page of its own, and in a large
table a commit writes a page for every row. While an execution writes a lot, such rows are therefore appended to a
staging table, which is on disk just as soon and costs a fraction. Every few seconds they are merged, sorted by their
keys: now many land on each page. Staging tables exist only meanwhile. Where a killed process left some, whoever records
in the database next merges them.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from redun.recorder import lookup
from redun.recorder.connection import Connection
from redun.recorder.database import open_database
from redun.recorder.signed import StoredPayload
from redun.recorder.statements import INSERTS
from redun.recorder.transaction import Session

__all__ = ["find_payload", "leftovers", "merge", "merge_leftovers", "prepare"]

_PAYLOAD = "SELECT blob, store, format, flags, signature FROM staged_value WHERE hash = ? LIMIT 1"
# By the name of the insert: the table, and the order of its keys.
_TABLES = {
    "values": ("value", "hash"),
    "evaluations": ("evaluation", "eval_hash"),
    "arguments": ("argument", "eval_hash, position"),
    "calls": ("call_node", "hash"),
}


def prepare(connection: Connection) -> None:
    """Make the staging tables, unless they are there."""
    for table, _ in _TABLES.values():
        connection.execute(f"CREATE TABLE IF NOT EXISTS staged_{table} AS SELECT * FROM {table} WHERE false")


def leftovers(connection: Connection | sqlite3.Connection) -> set[str]:
    """Return the names of the staging tables that exist."""
    rows = connection.execute(r"SELECT name FROM sqlite_master WHERE name LIKE 'staged\_%' ESCAPE '\'")
    return {name for (name,) in rows}


def find_payload(connection: Connection, value_hash: bytes) -> StoredPayload | None:
    """Return what `lookup.find_payload` does, also for a value that is still staged."""
    found = lookup.find_payload(connection, value_hash)
    if found is None and leftovers(connection):
        row = connection.execute(_PAYLOAD, (value_hash,)).fetchone()
        # It may have been merged between two questions.
        found = lookup.find_payload(connection, value_hash) if row is None else StoredPayload(*row)
    return found


def merge(session: Session, *, drop: bool) -> None:
    """Move all staged rows to where they belong; with `drop`, remove the staging tables too.

    Each table is a transaction, so that others need not wait for all.
    """
    present = leftovers(session.connection)
    for name, (table, key) in _TABLES.items():
        if f"staged_{table}" not in present:
            continue
        with session.transaction() as connection:
            # Another process may have merged it by now.
            if f"staged_{table}" in leftovers(connection):
                if name == "values" and _has_signatures(connection):
                    name = "signed_values"
                connection.execute(_merge_text(name, table, key))
                connection.execute(f"DROP TABLE staged_{table}" if drop else f"DELETE FROM staged_{table}")


def merge_leftovers(path: Path) -> None:
    """Open a database and merge what is staged in it.

    Raises
    ------
    RecorderError
        The database cannot be written.
    """
    with contextlib.closing(open_database(path)) as connection:
        merge(Session(connection, path), drop=True)


def _has_signatures(connection: Connection) -> bool:
    # An older redun may have left a table without the column.
    columns = {name for _, name, *_ in connection.execute("PRAGMA table_info(staged_value)")}
    if "signature" not in columns:
        return False
    found = connection.execute("SELECT EXISTS (SELECT 1 FROM staged_value WHERE signature IS NOT NULL)")
    return bool(found.fetchone()[0])


def _merge_text(name: str, table: str, key: str) -> str:
    head, _, tail = INSERTS[name]
    columns = head[head.index("(") + 1 : head.index(")")]
    # `WHERE true` keeps the parser from taking ON CONFLICT for a join's condition.
    return (
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM staged_{table}"
        f" WHERE true ORDER BY {key}, rowid{tail}"
    )
