"""Read a table in the order of its keys, a bounded piece at a time.

Floor: transfer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from redun.transfer.whole.tables import Copied

__all__ = ["Page", "Row", "Rows", "page_rows", "pages", "rows_by_local_key", "rows_named"]

Row = tuple[Any, ...]
Rows = Callable[..., list[Row]]
"""Answers a question, given with its parameters."""

_ROWS = 5_000
_LONG_ROWS = 500
_BYTES = 16 * 1024 * 1024


@attrs.frozen
class Page:
    """The rows of a table whose keys are behind `first` and not behind `last`; of one owner, if they have any.

    `first` is None at the beginning, and `last` None at the end.
    """

    owner: int | None
    first: Row | None
    last: Row | None


def pages(table: Copied, rows: Rows) -> Iterator[Page]:
    """Yield pages that cover a table, as it is divided in the database that `rows` asks."""
    owners: list[int | None] = [None]
    if table.owner is not None:
        owners = [key for (key,) in rows(f'SELECT DISTINCT "{table.owner}" FROM {table.name} ORDER BY 1')]
    for owner in owners:
        first: Row | None = None
        while True:
            last = _end(table, rows, Page(owner, first, None))
            yield Page(owner, first, last)
            if last is None:
                break
            first = last


def page_rows(table: Copied, rows: Rows, page: Page) -> list[Row]:
    """Return the rows of a page."""
    where, parameters = _where(table, page)
    return rows(
        f"SELECT {_listed(table.columns)} FROM {table.name}{where} ORDER BY {_key(table)}", *parameters
    )


def rows_by_local_key(table: Copied, rows: Rows) -> Iterator[list[Row]]:
    """Yield the rows of a table in the order of their local keys, in which they were made: the copy's keep it."""
    columns = _listed(table.columns)
    question = f"SELECT key, {columns} FROM {table.name} WHERE key > ? ORDER BY key LIMIT {_LONG_ROWS}"
    last = -1
    while found := rows(question, last):
        last = found[-1][0]
        yield [row[1:] for row in found]


def rows_named(table: Copied, rows: Rows, names: list[Any]) -> list[Row]:
    """Return the rows of a table with local keys that go by some names elsewhere."""
    marks = ", ".join("?" * len(names))
    return rows(f"SELECT {_listed(table.columns)} FROM {table.name} WHERE {_key(table)} IN ({marks})", *names)


def _end(table: Copied, rows: Rows, rest: Page) -> Row | None:
    """Return the last key of what makes a page; None if the rest is no more than one."""
    where, parameters = _where(table, rest)
    most = _LONG_ROWS if table.length else _ROWS
    found = rows(
        f"SELECT {_key(table)}, {table.length or 0} FROM {table.name}{where} ORDER BY {_key(table)} LIMIT {most + 1}",
        *parameters,
    )
    size = 0
    for number, (*key, length) in enumerate(found[:most]):
        size += length
        if size >= _BYTES or number == most - 1:
            return tuple(key) if number < len(found) - 1 else None
    return None


def _where(table: Copied, page: Page) -> tuple[str, list[Any]]:
    conditions, parameters = [], []
    if table.owner is not None:
        conditions.append(f'"{table.owner}" = ?')
        parameters.append(page.owner)
    for sign, bound in ((">", page.first), ("<=", page.last)):
        if bound is not None:
            conditions.append(f"({_key(table)}) {sign} ({', '.join('?' * len(bound))})")
            parameters += bound
    return (f" WHERE {' AND '.join(conditions)}" if conditions else ""), parameters


def _key(table: Copied) -> str:
    # One row at most has an owner and nothing else.
    return _listed(table.key) or "1"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
