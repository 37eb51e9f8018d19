"""A record in PostgreSQL opened for looking: read-only, and connected anew when the connection is lost."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors
from redun.errors import DatabaseCorruptError, DatabaseVersionError, RecorderError, RecordNotFoundError
from redun.recorder.reader_database import Row
from redun.recorder.revisions import HEAD, REVISIONS

from redun_backend_postgres.connection import Connection
from redun_backend_postgres.destination import Destination
from redun_backend_postgres.refusals import refusal

if TYPE_CHECKING:
    from sqlalchemy import Engine

__all__ = ["PostgresDatabase"]

_READ_ONLY = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
# In one statement: an array as large costs the server no more to plan than a short one.
_CHUNK = 2_000
# Somebody waits at a terminal: a server that restarts is back by then.
_PATIENCE_S = 10.0
_PAUSE_S = 0.2
_CONNECTIONS = 5


class PostgresDatabase:
    """A read-only connection; see `redun.recorder.reader_database.OpenedDatabase`.

    Parameters
    ----------
    location : str
        The URL, without a password.

    Raises
    ------
    ConfigError
        The URL holds a password, or is none.
    RecorderError
        The server cannot be reached, or lets us not in.
    RecordNotFoundError
        The database has no tables.
    DatabaseVersionError
        It holds no record of redun, or one of another version.
    """

    def __init__(self, location: str) -> None:
        self._destination = Destination.of(str(location))
        self._connection = Connection(self.connect())
        try:
            self._check()
        except RecorderError:
            self.close()
            raise

    @property
    def location(self) -> str:
        """The URL, which has no password."""
        return self._destination.url

    def connect(self) -> psycopg.Connection[Any]:
        """Return one more connection for reading."""
        try:
            return self._connect()
        except psycopg.Error as error:
            raise self._unreachable(error) from error

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
        for again in range(_CONNECTIONS):
            # What was begun on a connection goes with it.
            begun = self._connection.in_transaction
            try:
                return self._connection.execute(sql, parameters).fetchall()
            except psycopg.Error as error:
                if begun or not self._connection.raw.closed or again + 1 == _CONNECTIONS:
                    raise self._failure(error) from error
            self._connect_again()
        raise AssertionError("unreachable")

    def many(self, sql: str, ids: Iterable[object], *before: object) -> Iterator[Row]:
        """Yield the rows for any number of `ids`, put in chunks where `sql` says `{ids}`."""
        text = sql.replace("IN ({ids})", "= ANY (?)")
        wanted = iter(dict.fromkeys(ids))
        while chunk := list(islice(wanted, _CHUNK)):
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

    def _connect(self) -> psycopg.Connection[Any]:
        raw = psycopg.connect(**self._destination.keywords(), autocommit=True)  # type: ignore[arg-type]
        raw.execute(_READ_ONLY)
        return raw

    def _connect_again(self) -> None:
        end = time.monotonic() + _PATIENCE_S
        while True:
            try:
                self._connection = Connection(self._connect())
                return
            except psycopg.Error as error:
                if refusal(error, self._destination) or time.monotonic() > end:
                    raise self._unreachable(error) from error
            time.sleep(_PAUSE_S)

    def _unreachable(self, error: psycopg.Error) -> RecorderError:
        return refusal(error, self._destination) or RecorderError(
            f"cannot connect to {self.location} ({_line(error)}): check that the server runs and that host and port are right"
        )

    def _failure(self, error: psycopg.Error) -> RecorderError:
        if isinstance(error, errors.InsufficientPrivilege):
            user = self._connection.raw.info.user
            return RecorderError(
                f"{user} may not read {self.location} ({_line(error)}): its owner lets it by "
                f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}"
            )
        return RecorderError(f"reading {self.location} failed ({_line(error)})")

    def _check(self) -> None:
        try:
            found = self.rows("SELECT version_num FROM alembic_version")
        except RecorderError as error:
            if not isinstance(error.__cause__, errors.UndefinedTable):
                raise
            found = []
        if not found:
            raise RecordNotFoundError(
                f"no record yet: {self.location} has no tables; `redun db upgrade` makes them"
            )
        revision = str(found[0][0])
        if revision not in REVISIONS:
            raise DatabaseVersionError(
                f"{self.location} has schema {revision}, written by a newer redun; this one knows schemas up to {HEAD}: "
                "install that redun to read it"
            )
        if revision != HEAD:
            raise DatabaseVersionError(
                f"{self.location} has schema {revision}, of an older redun: `redun db upgrade`, by its owner, brings it "
                f"to {HEAD}"
            )


def _line(error: psycopg.Error) -> str:
    return " ".join(str(error).split())
