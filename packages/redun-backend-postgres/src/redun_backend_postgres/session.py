"""Transactions that leave nothing half-written, on a connection that is made anew when it is lost."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from threading import Lock
from typing import TypeVar

import psycopg
from redun.errors import RecorderError
from redun.recorder.patience import Patience

from redun_backend_postgres.connection import Connection
from redun_backend_postgres.destination import Destination
from redun_backend_postgres.failures import PassingError
from redun_backend_postgres.opening import connect
from redun_backend_postgres.versions import check_version

__all__ = ["Session"]

T = TypeVar("T")

_PAUSE_S = 0.1
_LONGEST_S = 5.0
# Those of redun 0.44, for whoever asks for a number of attempts.
_BACKOFF_S, _BACKOFF_MAX_S = 1.0, 60.0


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
        self.lock = Lock()
        self._read_only = read_only
        self._connection: Connection | None = None
        self._process = os.getpid()
        self.patiently(self._connect)

    @property
    def connection(self) -> Connection:
        """The connection, to be used under `lock`; a new one if it was lost."""
        return self._connect()

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
        patience: Patience | None = None
        while True:
            try:
                return action()
            except PassingError as error:
                patience = patience or self._patience()
                if not patience.wait(str(error)):
                    raise

    @contextlib.contextmanager
    def transaction(self, *, wait: bool = True) -> Iterator[Connection]:
        """Commit what is done inside, or nothing of it.

        Parameters
        ----------
        wait : bool
            Whether to wait for a server that is not to be had.

        Raises
        ------
        RecorderError
            The translation of PostgreSQL's error. Whether a `PassingError` of the commit left something is unknown.
        """
        with self.lock:
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
        with self.lock:
            yield self._connect()

    def close(self) -> None:
        """Disconnect."""
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()

    def _begin(self) -> Connection:
        connection = self._connect()
        connection.execute("BEGIN")
        return connection

    def _connect(self) -> Connection:
        if self._connection is None or self._connection.raw.closed or self._process != os.getpid():
            connection = connect(self.destination, read_only=self._read_only)
            check_version(connection, self.destination.url)
            self._connection, self._process = connection, os.getpid()
        return self._connection

    def _patience(self) -> Patience:
        options = self.destination.options
        url = self.destination.url
        if "db_retries" in options:
            return Patience(
                url,
                tries=int(options["db_retries"]),
                pause_s=float(options.get("db_retries_backoff", _BACKOFF_S)),
                longest_s=float(options.get("db_retries_backoff_max", _BACKOFF_MAX_S)),
            )
        return Patience(
            url,
            pause_s=float(options.get("db_retries_backoff", _PAUSE_S)),
            longest_s=float(options.get("db_retries_backoff_max", _LONGEST_S)),
        )
