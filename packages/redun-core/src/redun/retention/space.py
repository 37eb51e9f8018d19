"""Give free pages of a database back to the file system.

Floor: retention.
"""

from __future__ import annotations

import contextlib
import sqlite3

import attrs

from redun.retention.maintenance import Maintenance, Pace

__all__ = ["Space", "return_space"]

_INCREMENTAL = 2
# Not worth writing the whole file anew.
_SMALL_SHARE = 20


@attrs.frozen
class Space:
    """What became of free pages.

    Attributes
    ----------
    before, after : int
        Bytes of the database's file.
    free : int
        Bytes inside of it that are free, for what is recorded next.
    reason : str
        Why they were left, or empty.
    """

    before: int
    after: int
    free: int
    reason: str = ""


def return_space(work: Maintenance, *, alone: bool) -> Space:
    """Shorten the file, bit by bit where the database allows that, else by writing it anew if nobody else needs it.

    Parameters
    ----------
    work : Maintenance
    alone : bool
        No execution runs.
    """
    connection = work.session.connection
    size = _pragma(connection, "page_size")
    before, free = _pragma(connection, "page_count"), _pragma(connection, "freelist_count")
    reason = ""
    if free and _pragma(connection, "auto_vacuum") == _INCREMENTAL:
        pace = Pace()
        while free:
            with pace.measured(), work.slice() as slice_:
                slice_.execute(f"PRAGMA incremental_vacuum({pace.rows})").fetchall()
            left = _pragma(connection, "freelist_count")
            if left == free:
                break
            free = left
    elif free * _SMALL_SHARE < before:
        reason = "too little to write the file anew" if free else ""
    elif not alone:
        reason = "executions are running: the file is written anew by the next gc that finds none"
    else:
        try:
            connection.execute("VACUUM")
        except sqlite3.OperationalError as error:
            reason = f"the file could not be written anew ({error})"
    with contextlib.suppress(sqlite3.Error):
        # With readers about, the log of changes stays as it is; whoever closes the database last removes it.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    after, free = _pragma(connection, "page_count"), _pragma(connection, "freelist_count")
    return Space(before * size, after * size, free * size, reason)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    ((value,),) = connection.execute(f"PRAGMA {name}").fetchall()
    return int(value)
