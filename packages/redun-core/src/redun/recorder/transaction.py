"""Transactions that wait for other processes and leave nothing half-written.

Floor: recorder.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from redun.recorder.failures import is_locked, translate
from redun.recorder.patience import Patience
from redun.recorder.sqlite_connection import SqliteConnection

__all__ = ["Session"]


class Session:
    """A connection for writing.

    Parameters
    ----------
    connection : SqliteConnection
    path : Path or str
        For messages.

    Attributes
    ----------
    lock : threading.Lock
        Held during a transaction. A database in memory has one connection, which look-ups share under this lock.
    """

    def __init__(self, connection: SqliteConnection, path: Path | str) -> None:
        self.connection = connection
        self.path = path
        self.lock = Lock()

    @contextlib.contextmanager
    def transaction(self, *, wait: bool = True) -> Iterator[SqliteConnection]:
        """Commit what is done inside, or nothing of it.

        Parameters
        ----------
        wait : bool
            Whether to wait while another process holds the database.

        Raises
        ------
        RecorderError
            The translation of SQLite's error.
        """
        connection = self.connection
        with self.lock:
            try:
                self._begin(wait)
                try:
                    yield connection
                    connection.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        with contextlib.suppress(sqlite3.Error):
                            connection.execute("ROLLBACK")
            except sqlite3.Error as error:
                raise translate(error, self.path) from error

    def _begin(self, wait: bool) -> None:
        patience = Patience(self.path)
        while True:
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.Error as error:
                if not (is_locked(error) and wait and patience.wait()):
                    raise
