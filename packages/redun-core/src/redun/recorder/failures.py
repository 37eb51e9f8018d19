"""Say in words what went wrong with a database, and what to do.

Floor: recorder.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from redun.errors import (
    DatabaseCorruptError,
    DatabaseFullError,
    DatabaseLockedError,
    DatabaseUnwritableError,
    RecorderError,
)

__all__ = ["is_locked", "translate"]

_CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_UNWRITABLE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)
# Less than this is as good as nothing: SQLite's shared index and its log grow by such steps.
_FULL_BYTES = 64 * 1024


def is_locked(error: BaseException) -> bool:
    """Tell whether another process holds the database, so that waiting may help."""
    return isinstance(error, sqlite3.Error) and _code(error) in _LOCKED


def translate(error: sqlite3.Error | OSError, path: Path | str) -> RecorderError:
    """Return the error to raise for one of SQLite or of the operating system.

    Parameters
    ----------
    error : sqlite3.Error or OSError
    path : Path or str
        The database, or the file of the value store that could not be written.
    """
    if isinstance(error, OSError):
        return _of_system(error, path)
    code = _code(error)
    if code in _CORRUPT:
        return DatabaseCorruptError(
            f"{path} is not a SQLite database, or is damaged ({error}): restore it from a backup, "
            "or move it away to begin a new record"
        )
    if code in _LOCKED:
        return DatabaseLockedError(
            f"{path} is held by another process ({error}): find out which one, for instance with `fuser {path}`"
        )
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(path)):
        return _full(path)
    if code in _UNWRITABLE:
        return DatabaseUnwritableError(
            f"cannot write {path} ({error}): check the permissions of the file and of its folder, "
            "or choose another place for the database"
        )
    if code == sqlite3.SQLITE_IOERR:
        return RecorderError(f"reading or writing {path} failed ({error}): check the disk it lies on")
    return RecorderError(f"cannot use {path}: {error}")


def _of_system(error: OSError, path: Path | str) -> RecorderError:
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(path)
    return DatabaseUnwritableError(
        f"cannot write {path} ({error.strerror or error}): check the permissions of the folder, "
        "or choose another place for the database"
    )


def _full(path: Path | str) -> RecorderError:
    return DatabaseFullError(
        f"no space is left to write {path}: free some and go on; what was recorded until then is kept"
    )


def _is_full(path: Path | str) -> bool:
    import shutil

    try:
        return shutil.disk_usage(Path(path).parent).free < _FULL_BYTES
    except OSError:
        return False


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
