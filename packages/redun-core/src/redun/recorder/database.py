"""Open the SQLite database of a recorder, making or upgrading it when needed.

Floor: recorder. The usual case, a database of the present schema, loads nothing but the standard library.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import functools
import os
import sqlite3
from pathlib import Path

from redun.errors import DatabaseVersionError
from redun.recorder.failures import is_locked, translate
from redun.recorder.patience import Patience
from redun.recorder.revisions import BEFORE_1_0, EARLIER_RECORD, HEAD, REVISIONS
from redun.recorder.sqlite_connection import SqliteConnection
from redun.recorder.statements import CREATE

__all__ = ["MEMORY", "connect", "open_database"]

MEMORY = ":memory:"
"""Path of a database that ends with its recorder."""

_CACHE_KIB = 64 * 1024
# Pages of 4 KiB. The larger the log of changes grows before it is merged, the more changes of a page merge at once.
_LOG_PAGES = 16_000
_BUSY_S = 1.0


def open_database(path: Path | str, *, migrate: bool = True) -> SqliteConnection:
    """Open a database for writing, so that its tables are those of the present schema.

    A missing file is made, readable by its owner only; so is a missing folder.

    Parameters
    ----------
    path : Path or str
        The file, or `MEMORY`.
    migrate : bool
        False: refuse an older schema instead of bringing it to the present one.

    Raises
    ------
    DatabaseVersionError
        A newer redun, or redun before 1.0, wrote it.
    DatabaseCorruptError, DatabaseUnwritableError, DatabaseFullError, DatabaseLockedError
        See there.
    """
    if path == MEMORY:
        connection = connect(MEMORY)
        _empty_record().backup(connection)
        return connection
    _make_file(Path(path))
    patience = Patience(path)
    while True:
        try:
            return _open(path, migrate)
        except sqlite3.Error as error:
            if not (is_locked(error) and patience.wait()):
                raise translate(error, path) from error


@functools.cache
def _empty_record() -> SqliteConnection:
    # To copy it takes a thirtieth of the time of making the tables.
    connection = connect(MEMORY)
    _create(connection)
    atexit.register(connection.close)
    return connection


def _open(path: Path | str, migrate: bool) -> SqliteConnection:
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(contextlib.closing(connect(path)))
        _prepare(connection, path, migrate)
        stack.pop_all()
        return connection


def connect(path: Path | str) -> SqliteConnection:
    """Return a connection with our settings, to any thread's use but one at a time."""
    connection = sqlite3.connect(
        path,
        timeout=_BUSY_S,
        isolation_level=None,
        check_same_thread=False,
        factory=SqliteConnection,
        cached_statements=256,
    )
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _make_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # SQLite would make it with the umask's permissions; its companions -wal and -shm inherit ours.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            # Not opened: this process may have it open already, and closing it here would drop SQLite's locks there.
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)) from None
            if not os.access(path, os.R_OK | os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None
    except OSError as error:
        raise translate(error, path) from error


def _prepare(connection: SqliteConnection, path: Path | str, migrate: bool) -> None:
    if BEFORE_1_0 in _tables(connection):
        raise DatabaseVersionError(EARLIER_RECORD.format(path=path))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {_LOG_PAGES * 4096}")
    # Looked at once: another process may be making the tables.
    tables = _tables(connection)
    revision = _revision(connection, tables)
    if revision is None and tables:
        raise DatabaseVersionError(
            f"{path} holds tables that this redun did not make, but another program: "
            "choose another place for the database"
        )
    if revision is None:
        _create(connection)
    elif revision not in REVISIONS:
        raise DatabaseVersionError(
            f"{path} has schema {revision}, written by {_writer(connection)}; this redun knows schemas up to {HEAD}: "
            "install that redun, or choose another place for the database"
        )
    elif revision != HEAD and not migrate:
        raise DatabaseVersionError(
            f"{path} has schema {revision}, and this redun writes {HEAD}: `automigrate = false` (or migrate=False) "
            "forbids to change it: `redun db upgrade` brings it to the present schema"
        )
    elif revision != HEAD:
        from redun.recorder.migrations import upgrade

        upgrade(connection)


def _create(connection: SqliteConnection) -> None:
    with contextlib.ExitStack() as stack:
        connection.execute("BEGIN IMMEDIATE")
        stack.callback(_roll_back, connection)
        # Another process may have been quicker.
        if _revision(connection, _tables(connection)) is None:
            for statement in CREATE:
                connection.execute(statement)
            connection.execute(
                "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
                "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
            )
            connection.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,))
        connection.execute("COMMIT")


def _roll_back(connection: SqliteConnection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _tables(connection: SqliteConnection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _revision(connection: SqliteConnection, tables: set[str]) -> str | None:
    if "alembic_version" not in tables:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _writer(connection: SqliteConnection) -> str:
    with contextlib.suppress(sqlite3.Error):
        row = connection.execute("SELECT version FROM execution ORDER BY key DESC LIMIT 1").fetchone()
        if row:
            return f"redun {row[0]}"
    return "a newer redun"
