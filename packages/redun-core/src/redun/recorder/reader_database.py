"""A SQLite database opened for looking: read-only, while others write to it.

Floor: recorder. The standard library's driver and plain SQL keep `redun log` quick to start.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from redun.config.address import shown
from redun.errors import DatabaseCorruptError, DatabaseVersionError, RecorderError, RecordNotFoundError
from redun.recorder.database import open_database
from redun.recorder.failures import translate
from redun.recorder.revisions import BEFORE_1_0, EARLIER_RECORD, HEAD, REVISIONS
from redun.recorder.staging import merge_leftovers

if TYPE_CHECKING:
    from sqlalchemy import Engine

__all__ = ["CHUNK", "Database", "OpenedDatabase", "Row", "SQLiteDatabase", "chunks", "database_path"]

Row = tuple[Any, ...]

_LOCK_WAIT_S = 30.0
# Below the least number of parameters that any SQLite accepts in one statement (999).
CHUNK = 500
"""So many ids are asked for in one statement."""
_VERSION_TABLE = "alembic_version"


class Database(Protocol):
    """Answers the questions of `reader_sql`, with rows in the order that the question asks for."""

    def rows(self, sql: str, *parameters: object) -> list[Row]:
        """Return all rows."""

    def many(self, sql: str, ids: Iterable[object], *before: object) -> Iterator[Row]:
        """Yield the rows for any number of `ids`, put in chunks where `sql` says `{ids}`."""

    def explain(self, error: Exception) -> None:
        """Raise why reading failed, if that is because of rows that redun cannot have written."""

    def close(self) -> None:
        """Disconnect."""


class OpenedDatabase(Database, Protocol):
    """A database that was opened for looking, by its path or URL."""

    @property
    def location(self) -> str | Path:
        """The file, or the URL without the password, for messages."""

    def engine(self) -> Engine:
        """Return an engine of SQLAlchemy for looking, with connections of its own."""


def database_path(location: str | Path) -> Path:
    """Return the file of a database given as a path or as an URL such as `sqlite:///redun.db`.

    Raises
    ------
    RecorderError
        It is the URL of another kind of database.
    """
    text = str(location)
    scheme, found, rest = text.partition("://")
    if not found:
        return Path(text)
    if scheme.partition("+")[0] != "sqlite":
        raise RecorderError(f"cannot read {shown(text)}: only SQLite databases can be read here")
    return Path(rest.removeprefix("/"))


def chunks(sql: str, ids: Iterable[object]) -> Iterator[tuple[str, Sequence[object]]]:
    """Yield a statement with parameters in the place of `{ids}`, again and again until all ids had their turn."""
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        yield sql.format(ids=", ".join("?" * len(chunk))), chunk


class SQLiteDatabase:
    """A read-only connection.

    Parameters
    ----------
    location : str or Path
        Path or `sqlite:///` URL.

    Raises
    ------
    RecordNotFoundError
        There is no such file.
    DatabaseCorruptError
        The file is no SQLite database.
    DatabaseVersionError
        It holds no record of redun, or one of another version.
    """

    def __init__(self, location: str | Path) -> None:
        self.path = database_path(location)
        if not self.path.exists():
            raise RecordNotFoundError(
                f"no record yet: {self.path} does not exist; a first `redun run` writes it"
            )
        self._options = "mode=ro"
        self._connection = self.connect()
        try:
            self._check()
        except RecorderError:
            self.close()
            raise

    @property
    def location(self) -> Path:
        """The file."""
        return self.path

    def engine(self) -> Engine:
        """Return an engine of SQLAlchemy for looking, with connections of its own."""
        from sqlalchemy import NullPool, create_engine

        return create_engine("sqlite://", creator=self.connect, poolclass=NullPool)

    def connect(self) -> sqlite3.Connection:
        """Return one more connection for reading."""
        uri = f"{self.path.absolute().as_uri()}?{self._options}"
        try:
            connection = sqlite3.connect(uri, uri=True, timeout=_LOCK_WAIT_S, isolation_level=None)
            connection.execute("PRAGMA query_only = 1")
        except sqlite3.Error as error:
            raise self._translate(error) from error
        return connection

    def _check(self) -> None:
        try:
            tables = self._tables()
        except DatabaseCorruptError:
            raise
        except RecorderError:
            # In a folder that may not be written a database cannot be opened the usual way, which keeps a
            # shared index beside it; nobody can be writing to it either, unless a log of changes is there.
            if self.path.with_name(self.path.name + "-wal").exists():
                raise
            self._connection.close()
            self._options = "mode=ro&immutable=1"
            self._connection = self.connect()
            tables = self._tables()
        if any(table.startswith("staged_") for table in tables):
            # Rows of a process that was killed, or of one that is busy; without permission they stay unseen.
            with contextlib.suppress(RecorderError):
                merge_leftovers(self.path)
        if not tables:
            raise RecordNotFoundError(f"no record yet: {self.path} is empty; a first `redun run` fills it")
        if BEFORE_1_0 in tables:
            raise DatabaseVersionError(EARLIER_RECORD.format(path=self.path))
        if _VERSION_TABLE not in tables:
            raise DatabaseVersionError(f"{self.path} is no record of redun 1.0 or later: it has other tables")
        revision = self._revision()
        if revision in REVISIONS and revision != HEAD:
            # Without permission the message below says what to do.
            with contextlib.suppress(RecorderError):
                open_database(self.path).close()
            revision = self._revision()
        if revision not in REVISIONS:
            raise DatabaseVersionError(
                f"{self.path} has schema {revision}, written by a newer redun; this one knows schemas up to {HEAD}: "
                "install that redun to read it"
            )
        if revision != HEAD:
            raise DatabaseVersionError(
                f"{self.path} has schema {revision}, of an older redun, and cannot be written from here: "
                f"`redun run`, by whoever may write it, brings it to {HEAD}"
            )

    def _revision(self) -> str:
        return str(self.rows(f"SELECT version_num FROM {_VERSION_TABLE}")[0][0])

    def _tables(self) -> set[str]:
        return {name for (name,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def rows(self, sql: str, *parameters: object) -> list[Row]:
        """Return all rows."""
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            if "Could not decode to UTF-8" not in str(error):
                raise self._translate(error) from error
        except sqlite3.Error as error:
            raise self._translate(error) from error
        except UnicodeEncodeError:
            # A file name that is no text, which the writer spells out in the same way.
            spelled = [_storable(item) if isinstance(item, str) else item for item in parameters]
            return self.rows(sql, *spelled)
        # Only now that some program wrote what is no text: asking a function for each is much slower.
        self._connection.text_factory = _readable
        return self.rows(sql, *parameters)

    def many(self, sql: str, ids: Iterable[object], *before: object) -> Iterator[Row]:
        """Yield the rows for any number of `ids`."""
        for text, chunk in chunks(sql, ids):
            yield from self.rows(text, *before, *chunk)

    def explain(self, error: Exception) -> None:
        """Raise DatabaseCorruptError if the error comes of rows that redun cannot have written."""
        from redun.recorder.soundness import unsound_row

        try:
            found = unsound_row(self._connection)
        except sqlite3.Error as damage:
            raise self._translate(damage) from error
        if found is not None:
            raise DatabaseCorruptError(
                f"{self.path} holds what redun did not write: {found}; take a backup in its place, or a new record"
            ) from error

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()

    def _translate(self, error: sqlite3.Error) -> RecorderError:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            return RecorderError(
                f"cannot read {self.path} ({error}): check the permissions of the file and its folder"
            )
        return translate(error, self.path)


def _readable(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace")


def _storable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
