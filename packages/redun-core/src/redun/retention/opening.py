"""Open a record for looking after it: as it is, without bringing it to another schema.

Floor: retention.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from redun.errors import DatabaseVersionError, RecordNotFoundError
from redun.recorder.database import connect
from redun.recorder.failures import translate
from redun.recorder.revisions import BEFORE_1_0, EARLIER_RECORD, HEAD, REVISIONS
from redun.recorder.transaction import Session

__all__ = ["check_present", "looking", "revision_of", "values_folder", "writing"]

_SYNC = "PRAGMA synchronous = FULL"


@contextlib.contextmanager
def looking(path: Path) -> Iterator[sqlite3.Connection]:
    """Lend a connection that writes nothing but temporary tables, which lie on disk.

    Raises
    ------
    RecorderError
        There is no record, or it cannot be read.
    """
    _check_exists(path)
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=30
        )
        try:
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        except sqlite3.OperationalError:
            # In a folder that may not be written, and so with nobody writing, unless a log of changes is there.
            if path.with_name(f"{path.name}-wal").exists():
                raise
            connection.close()
            uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        with contextlib.closing(connection):
            _use_disk(connection)
            revision_of(connection, path)
            yield connection
    except sqlite3.Error as error:
        raise translate(error, path) from error


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Session]:
    """Lend a session on a record, whichever schema it has.

    Raises
    ------
    RecorderError
        There is no record, or it cannot be written.
    """
    _check_exists(path)
    try:
        with contextlib.closing(connect(path)) as connection:
            connection.execute(_SYNC)
            _use_disk(connection)
            revision_of(connection, path)
            yield Session(connection, path)
    except sqlite3.Error as error:
        raise translate(error, path) from error


def revision_of(connection: sqlite3.Connection, path: Path) -> str:
    """Return the version of a record's schema.

    Raises
    ------
    DatabaseVersionError
        It is no record of redun 1.0 or later.
    """
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if BEFORE_1_0 in tables:
        raise DatabaseVersionError(EARLIER_RECORD.format(path=path))
    if "alembic_version" not in tables:
        if not tables:
            raise RecordNotFoundError(f"no record yet: {path} is empty; a first `redun run` fills it")
        raise DatabaseVersionError(f"{path} is no record of redun 1.0 or later: it has other tables")
    return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def check_present(revision: str, path: Path) -> None:
    """Refuse a record that does not have the present schema.

    Raises
    ------
    DatabaseVersionError
        It does not; the message says what to do.
    """
    if revision == HEAD:
        return
    if revision in REVISIONS:
        raise DatabaseVersionError(
            f"{path} has schema {revision}, and this command needs {HEAD}: `redun db upgrade` brings it there"
        )
    raise DatabaseVersionError(
        f"{path} has schema {revision}, written by a newer redun; this one knows schemas up to {HEAD}: "
        "install that redun"
    )


def values_folder(path: Path) -> Path:
    """Return the folder of the value store that belongs to a database."""
    return path.parent / "values"


def _check_exists(path: Path) -> None:
    if not path.exists():
        raise RecordNotFoundError(f"no record yet: {path} does not exist; a first `redun run` writes it")


def _use_disk(connection: sqlite3.Connection) -> None:
    # What is collected about a large record does not fit into memory.
    connection.execute("PRAGMA temp_store = FILE")
