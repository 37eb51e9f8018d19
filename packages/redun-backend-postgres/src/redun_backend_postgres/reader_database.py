"""A record in PostgreSQL opened for looking: read-only, and connected anew when the connection is lost."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import psycopg
from redun.errors import DatabaseCorruptError, RecorderError
from redun.recorder.reader_database import CHUNK, Row

from redun_backend_postgres.connecting import connect
from redun_backend_postgres.connection import Connection
from redun_backend_postgres.destination import Destination
from redun_backend_postgres.failures import PassingError
from redun_backend_postgres.opening import BY_INDEX, NETWORK
from redun_backend_postgres.versions import check_version

if TYPE_CHECKING:
    from sqlalchemy import Engine

__all__ = ["PostgresDatabase"]

# Questions are many and each is asked seldom: their plans are made for what is asked.
_SETTINGS = {"default_transaction_read_only": "on", "plan_cache_mode": "force_custom_plan", **BY_INDEX}
# Somebody waits at a terminal; a server that was restarted is back by then.
_PATIENCE_S = 10.0
_PAUSE_S = 0.2
_CONNECTIONS = 5


class PostgresDatabase:
    """A read-only connection; see `redun.recorder.reader_database.OpenedDatabase`.

    Parameters
    ----------
    location : str
        The URL.

    Raises
    ------
    ConfigError
        The URL holds a password, or is none.
    RecordNotFoundError
        The database has no tables.
    DatabaseVersionError
        It holds no record of redun, or one of another version.
    RecorderError
        The server cannot be reached, or refuses.
    """

    def __init__(self, location: str) -> None:
        self._destination = Destination.of(str(location))
        self._connection = Connection(self.connect(), self.location)
        try:
            check_version(self._connection, self.location)
        except RecorderError:
            self.close()
            raise

    @property
    def location(self) -> str:
        """The URL, which has no password."""
        return self._destination.url

    def connect(self) -> psycopg.Connection[Any]:
        """Return one more connection for reading."""
        raw = connect(self._destination, autocommit=True, **NETWORK)
        raw.execute(
            "SELECT " + ", ".join(["set_config(%s, %s, false)"] * len(_SETTINGS)),
            [item for setting in _SETTINGS.items() for item in setting],
        )
        return raw

    def engine(self) -> Engine:
        """Return an engine of SQLAlchemy for looking, with connections of its own."""
        from sqlalchemy import NullPool, create_engine

        def creator() -> psycopg.Connection[Any]:
            raw = self.connect()
            raw.autocommit = False
            return raw

        return create_engine("postgresql+psycopg://", creator=creator, poolclass=NullPool)

    def rows(self, sql: str, *parameters: object) -> list[Row]:
        """Return all rows."""
        tries = _CONNECTIONS
        while True:
            # What was begun on a connection goes with it.
            begun = self._connection.in_transaction
            try:
                cursor = self._connection.execute(sql, parameters)
                # BEGIN and its like answer no rows.
                return cursor.fetchall() if cursor.description else []
            except PassingError:
                tries -= 1
                if begun or not tries or not self._connection.raw.closed:
                    raise
            self._connect_again()

    def many(self, sql: str, ids: Iterable[object], *before: object) -> Iterator[Row]:
        """Yield the rows for any number of `ids`, put in chunks where `sql` says `{ids}`."""
        text = sql.replace("IN ({ids})", "= ANY (?)")
        wanted = iter(dict.fromkeys(ids))
        while chunk := list(islice(wanted, CHUNK)):
            yield from self.rows(text, *before, chunk)

    def explain(self, error: Exception) -> None:
        """Raise DatabaseCorruptError if the error comes of rows that redun cannot have written."""
        from redun.recorder.soundness import unsound_item

        found = unsound_item(self.rows)
        if found is not None:
            raise DatabaseCorruptError(
                f"{self.location} holds what redun did not write: {found}; take a backup in its place, or a new record"
            ) from error

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()

    def _connect_again(self) -> None:
        end = time.monotonic() + _PATIENCE_S
        while True:
            try:
                self._connection = Connection(self.connect(), self.location)
                return
            except (RecorderError, psycopg.Error):
                if time.monotonic() > end:
                    raise
            time.sleep(_PAUSE_S)
