"""Make our own what an execution of ours records and others had sent before.

Floor: recorder. Until then a value from elsewhere has no payload in `value`, and its call is marked: the cache neither
replays nor unpickles them. Nothing of it is looked for unless the record holds marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from redun.recorder.connection import Connection

__all__ = ["adopt", "has_marks"]

_MARKED = (
    "SELECT EXISTS (SELECT 1 FROM foreign_value) OR EXISTS (SELECT 1 FROM foreign_call)"
    " OR EXISTS (SELECT 1 FROM foreign_evaluation)"
)
_OWN_VALUE = (
    "UPDATE value SET type = ?, size = ?, preview = ?, format = ?, flags = ?, {} = ?, {} = NULL, signature = NULL"
    " WHERE hash = ?"
)


def has_marks(connection: Connection) -> bool:
    """Tell whether the record holds anything of others that is not trusted."""
    return bool(connection.execute(_MARKED).fetchone()[0])


def adopt(
    connection: Connection,
    small: Sequence[Any],
    stored: Sequence[Any],
    evaluations: Sequence[Any],
    calls: Sequence[Any],
) -> None:
    """Take the marks off what is about to be written.

    Parameters
    ----------
    connection : Connection
        Within a transaction.
    small, stored : sequence of rows
        Of `value`; the last column is the payload of the ones, an address in the value store of the others.
    evaluations, calls : sequence of rows
        Each begins with its hash.
    """
    for column, other, values in (("blob", "store", small), ("store", "blob", stored)):
        rows = {row[0]: row for row in values if row[6] is not None}
        for key in _among(connection, "foreign_value", "hash", rows):
            connection.execute(_OWN_VALUE.format(column, other), (*rows[key][1:7], key))
            connection.execute("DELETE FROM foreign_value WHERE hash = ?", (key,))
    keys = set(_among(connection, "foreign_evaluation", "eval_hash", (row[0] for row in evaluations)))
    connection.executemany(
        "DELETE FROM foreign_evaluation WHERE eval_hash = ? AND value_hash = ?",
        [row for row in evaluations if row[0] in keys],
    )
    marked = _among(connection, "foreign_call", "hash", (row[0] for row in calls))
    connection.executemany("DELETE FROM foreign_call WHERE hash = ?", [(key,) for key in marked])


def _among(connection: Connection, table: str, column: str, keys: Iterable[bytes]) -> list[bytes]:
    query = f"SELECT {column} FROM {table} WHERE {column} IN ({{}})"
    return [key for (key,) in connection.by_keys(query, keys)]
