"""Transactions that leave nothing half-written, on a connection that is made anew when it is lost."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from redun.errors import RecorderError

from redun_backend_postgres.connection import Connection
from redun_backend_postgres.destination import Destination
from redun_backend_postgres.failures import ConnectionLostError
from redun_backend_postgres.opening import open_connection
from redun_backend_postgres.persistence import Persistence
from redun_backend_postgres.versions import check_version

__all__ = ["Session"]

T = TypeVar("T")


class Session:
    """A connection and its transactions; see `redun.recorder.connection.Session`.

    Parameters
    ----------
    url : str or Destination
    read_only : bool
        For look-ups.

    Raises
    ------
    RecorderError
        The database cannot be used; which subclass says why.
    """

    def __init__(self, url: str | Destination, *, read_only: bool = False) -> None:
        self.destination = Destination.of(url) if isinstance(url, str) else url
        self.lock = threading.Lock()
        self._read_only = read_only
        self._connection: Connection | None = None
        self._process = os.getpid()
        self._persistence = Persistence(self.destination)
        self.patiently(lambda: self.connection)

    @property
    def connection(self) -> Connection:
        """The connection, to be used under `lock`; a new one if it was lost."""
        connection = self._connection
        if connection is None or connection.is_closed or self._process != os.getpid():
            connection = open_connection(self.destination, read_only=self._read_only)
            check_version(connection, self.destination.url)
            self._connection, self._process = connection, os.getpid()
        return connection

    def patiently(self, action: Callable[[], T]) -> T:
        """Do something, again and again while it fails for a reason that may pass.

        Parameters
        ----------
        action : callable
            Done twice it has the effect of once: whether a commit took place is unknown when the connection is lost.

        Raises
        ------
        RecorderError
            It went on for too long, or will not pass.
        """
        return self._persistence.do(action)

    @contextlib.contextmanager
    def transaction(self, *, wait: bool = True) -> Iterator[Connection]:
        """Commit what is done inside, or nothing of it.

        Parameters
        ----------
        wait : bool
            Whether to wait for a server that cannot be reached.

        Raises
        ------
        RecorderError
            The translation of PostgreSQL's error. When the connection was lost, it may have been committed.
        """
        with self._using():
            connection = self.patiently(self._begin) if wait else self._begin()
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    with contextlib.suppress(RecorderError):
                        connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def looking(self) -> Iterator[Connection]:
        """Lend the connection for questions outside of a transaction."""
        with self._using():
            yield self.connection

    def close(self) -> None:
        """Disconnect."""
        if self._connection is not None:
            self._connection.close()

    @contextlib.contextmanager
    def _using(self) -> Iterator[None]:
        with self.lock:
            try:
                yield
            except ConnectionLostError:
                # What is left of it, for instance one to a server that others took over from.
                self.close()
                raise

    def _begin(self) -> Connection:
        try:
            self.connection.execute("BEGIN")
        except ConnectionLostError:
            self.close()
            raise
        return self.connection
