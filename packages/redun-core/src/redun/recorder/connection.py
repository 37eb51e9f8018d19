"""What the writing half of a recorder needs of a database, SQLite or another.

Floor: recorder. Statements are written in the SQL that all of them understand, with ``?`` for parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any, Protocol

__all__ = ["Connection", "Cursor", "Session"]


class Cursor(Protocol):
    """The rows that a statement answered."""

    @property
    def rowcount(self) -> int:
        """How many rows the statement changed."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """A connection to a database, for one thread at a time."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction has begun and not ended."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Cursor:
        """Run a statement. Blobs are answered as bytes, whole numbers as int."""

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Cursor:
        """Run a statement for each of some rows."""

    def insert(self, name: str, rows: Sequence[Any], *, staged: bool = False) -> None:
        """Insert rows as `recorder.statements.INSERTS` says.

        Parameters
        ----------
        name : str
            Which of `INSERTS`.
        rows : sequence of tuple
            In the order of its columns. Of rows with the same key the last one wins, or the first, as the insert
            has it.
        staged : bool
            A flood of rows comes: they may wait elsewhere until they are merged (see `recorder.staging`).
        """

    def by_keys(self, query: str, keys: Iterable[bytes]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query for any number of keys, put where it says `IN ({})`.

        Rows may be fetched as they are asked for: who changes what the query reads makes a list first.
        """

    def clock(self) -> int:
        """Return the time, microseconds since the epoch, by the clock that all who record there share."""

    def close(self) -> None:
        """Disconnect."""


class Session(Protocol):
    """A connection for writing, with transactions.

    Attributes
    ----------
    lock : threading.Lock
        Held during a transaction.
    """

    @property
    def connection(self) -> Connection:
        """The connection, to be used under `lock`."""

    @property
    def lock(self) -> Lock:
        """Held during a transaction."""

    def transaction(self, *, wait: bool = True) -> AbstractContextManager[Connection]:
        """Commit what is done inside, or nothing of it.

        Parameters
        ----------
        wait : bool
            Whether to wait while others hold the database.

        Raises
        ------
        RecorderError
            The translation of the database's error.
        """
