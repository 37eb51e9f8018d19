"""A recorder's own database, lent to a reader.

Floor: recorder. A record in memory has no other way in; one on disk needs no second connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

from redun.recorder.connection import Connection
from redun.recorder.reader_database import Row, chunks

__all__ = ["LentDatabase"]


class LentDatabase:
    """Answers the questions of a reader, see `recorder.reader_database.Database`.

    Parameters
    ----------
    looking : callable
        Lends a connection.
    patiently : callable
        Does something, again if need be, and returns its result.
    """

    def __init__(
        self,
        looking: Callable[[], AbstractContextManager[Connection]],
        patiently: Callable[[Callable[[], list[Row]]], list[Row]] = lambda ask: ask(),
    ) -> None:
        self._looking = looking
        self._patiently = patiently

    def rows(self, sql: str, *parameters: object) -> list[Row]:
        """Return all rows."""

        def ask() -> list[Row]:
            with self._looking() as connection:
                return connection.execute(sql, parameters).fetchall()

        return self._patiently(ask)

    def many(self, sql: str, ids: Iterable[object], *before: object) -> Iterator[Row]:
        """Yield the rows for any number of `ids`."""
        for text, chunk in chunks(sql, ids):
            yield from self.rows(text, *before, *chunk)

    def explain(self, error: Exception) -> None:
        """Explain nothing: the recorder of this process wrote it."""

    def close(self) -> None:
        """Leave it open: it is the recorder's."""
