"""Insert thousands of rows by one statement, in the order of their keys.

Two writers that insert the same rows wait for each other row by row. As all do so in the same order, none waits for
one that waits for it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import attrs
from redun.recorder.statements import CREATE, INSERTS

from redun_backend_postgres.arrays import ENCODERS, Encoder

__all__ = ["BulkInsert", "bulk_insert"]


@attrs.frozen
class BulkInsert:
    """An insert of any number of rows.

    Attributes
    ----------
    text : str
        The statement, whose parameters are an array for each column.
    encoders : tuple of callable
        What makes them.
    arrange : callable
        Puts rows into the order of their keys, and drops those that later ones replace.
    weight : int or None
        The column that may hold much.
    """

    text: str
    encoders: tuple[Encoder, ...]
    arrange: Callable[[Sequence[Any]], Sequence[Any]]
    weight: int | None


@functools.cache
def bulk_insert(name: str) -> BulkInsert:
    """Return what inserts rows as `redun.recorder.statements.INSERTS` says."""
    insert = INSERTS[name]
    table, _, rest = insert.head.removeprefix("INSERT INTO ").partition(" (")
    columns = _names(rest.partition(")")[0])
    described = next(text for text in CREATE if text.startswith(f"CREATE TABLE {table} ("))
    known = {column: _TYPES.get(kind, kind) for column, kind in _COLUMN.findall(described)}
    types = [known[column] for column in columns]
    arrays = ", ".join(f"?::{kind}[]" for kind in types)
    shown = ", ".join(f'"{column}"' for column in columns)
    keys = [_names(found) for found in _KEY.findall(described)]
    return BulkInsert(
        f"INSERT INTO {table} ({shown}) SELECT * FROM unnest({arrays}) AS new({shown}){_UNLESS.get(name, '')}"
        f"{insert.tail}",
        tuple(ENCODERS[kind] for kind in types),
        _arranged(keys, columns, last_wins="DO UPDATE" in insert.tail),
        next((number for number, column in enumerate(columns) if column in _HEAVY), None),
    )


_SAME = (
    " WHERE NOT EXISTS (SELECT 1 FROM value v WHERE v.hash = new.hash AND v.signature = new.signature"
    " AND v.{0} = new.{0})"
)
# What might be replaced is locked until the transaction ends. Many writers record the same values, such as None: what
# is there already is left out, so that they do not wait for each other.
_UNLESS = {"signed_values": _SAME.format("blob"), "signed_stored_values": _SAME.format("store")}
# What may be megabytes.
_HEAVY = frozenset({"blob", "text"})
# A key is INTEGER in SQLite, and more than that here.
_TYPES = {"BLOB": "bytea", "TEXT": "text", "SMALLINT": "smallint", "INTEGER": "bigint", "BIGINT": "bigint"}
_COLUMN = re.compile(r'^"?(\w+)"? ([A-Z]+)\b', re.MULTILINE)
_KEY = re.compile(r"^CONSTRAINT \w+ (?:PRIMARY KEY|UNIQUE) \(([^)]*)\)", re.MULTILINE)


def _names(text: str) -> list[str]:
    return [name.strip().strip('"') for name in text.split(",")]


def _arranged(
    keys: Sequence[Sequence[str]], columns: Sequence[str], *, last_wins: bool
) -> Callable[[Sequence[Any]], Sequence[Any]]:
    # A key that the database gives is no key of the rows.
    chosen = next(key for key in keys if set(key) <= set(columns))
    key = itemgetter(*map(columns.index, chosen))

    def arrange(rows: Sequence[Any]) -> Sequence[Any]:
        if last_wins:
            # One statement may not replace a row twice.
            rows = list({key(row): row for row in rows}.values())
        return sorted(rows, key=key)

    return arrange
