"""A connection to SQLite, as the writing half of the recorder wants it.

Floor: recorder.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from redun.recorder.by_keys import rows_by_keys
from redun.recorder.rows import insert

__all__ = ["SqliteConnection"]


class SqliteConnection(sqlite3.Connection):
    """A connection of the standard library's driver; see `recorder.connection.Connection`."""

    def insert(self, name: str, rows: Sequence[Any], *, staged: bool = False) -> None:
        """Insert rows as `recorder.statements.INSERTS` says; staged, append those of large tables to staging tables."""
        insert(self, name, rows, staged=staged)

    def by_keys(self, query: str, keys: Iterable[bytes]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query for any number of keys, put where it says `IN ({})`."""
        return rows_by_keys(self, query, keys)

    def clock(self) -> int:
        """Return this machine's time, microseconds since the epoch."""
        return time.time_ns() // 1000
