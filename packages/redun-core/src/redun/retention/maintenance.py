"""One work of maintenance at a time, in short transactions.

Floor: retention. The table `sweep` says who is at work. A work that was killed counts as ended when its process is
gone, or has given no sign of life for a minute; should it go on after all (it may have been suspended), its next
transaction refuses.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator

from redun.errors import DatabaseLockedError, RecorderError
from redun.recorder.liveness import is_alive, this_host
from redun.recorder.sqlite_connection import SqliteConnection
from redun.recorder.transaction import Session

__all__ = ["Maintenance", "Pace", "maintenance"]

_BEAT_US = 1_000_000
_SLICE_S = 0.05


class Maintenance:
    """A work that has begun.

    Parameters
    ----------
    session : Session
    number : int
        Of its row in `sweep`.

    Attributes
    ----------
    polite : bool
        Others are recording: between two transactions leave them as much time as one took.
    """

    def __init__(self, session: Session, number: int) -> None:
        self.session = session
        self.number = number
        self.polite = False
        self._beat = 0

    @contextlib.contextmanager
    def slice(self) -> Iterator[SqliteConnection]:
        """Commit what is done inside, or nothing of it, if this is still the work that holds the record.

        Raises
        ------
        RecorderError
            Another one has begun meanwhile.
        """
        with self._transaction() as connection:
            begun = time.monotonic()
            yield connection
        if self.polite:
            time.sleep(min(time.monotonic() - begun, _SLICE_S))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[SqliteConnection]:
        with self.session.transaction() as connection:
            (newest,) = connection.execute("SELECT max(number) FROM sweep").fetchone()
            if newest != self.number:
                raise RecorderError(
                    "this work gave no sign of life for a minute, and another one has begun on the record since: "
                    "look at it with `redun db check`, and begin again"
                )
            self._give_sign(connection)
            yield connection

    def _give_sign(self, connection: SqliteConnection) -> None:
        now = time.time_ns() // 1000
        if now - self._beat > _BEAT_US:
            self._beat = now
            connection.execute("UPDATE sweep SET heartbeat = ? WHERE number = ?", (now, self.number))


@contextlib.contextmanager
def maintenance(session: Session, purpose: str) -> Iterator[Maintenance]:
    """Begin a work, and end it.

    Parameters
    ----------
    session : Session
    purpose : str
        The command, for the messages of others.

    Raises
    ------
    DatabaseLockedError
        Another work is going on.
    """
    with session.transaction() as connection:
        number = _begin(connection, purpose)
    work = Maintenance(session, number)
    try:
        yield work
    except BaseException:
        # Half-done is what a killed one leaves, too: the next one sees by the missing end that it must be careful.
        with contextlib.suppress(RecorderError, sqlite3.Error), session.transaction() as connection:
            connection.execute("UPDATE sweep SET heartbeat = 0 WHERE number = ?", (number,))
        raise
    with work.slice() as connection:
        connection.execute("UPDATE sweep SET ended = ? WHERE number = ?", (time.time_ns() // 1000, number))


def _begin(connection: SqliteConnection, purpose: str) -> int:
    interrupted = False
    for what, *life in connection.execute(
        "SELECT purpose, started, heartbeat, host, pid FROM sweep WHERE ended IS NULL"
    ).fetchall():
        started, heartbeat, host, pid = life
        if heartbeat and is_alive(started, heartbeat, host, pid):
            raise DatabaseLockedError(
                f"`{what}` is at work on this record, process {pid} on {host}: wait until it has ended"
            )
        interrupted = True
    now = time.time_ns() // 1000
    (newest,) = connection.execute("SELECT coalesce(max(key), 0) FROM execution").fetchone()
    if interrupted:
        # It may have taken away some marks and not those of what the rows refer to: no mark counts as complete.
        connection.execute("UPDATE sweep SET marked = NULL, ended = coalesce(ended, ?)", (now,))
    (last, floor) = connection.execute(
        "SELECT coalesce(max(number), 0), coalesce(max(newest), 0) FROM sweep"
    ).fetchone()
    connection.execute(
        "DELETE FROM sweep WHERE ended IS NOT NULL AND number NOT IN (SELECT sweep FROM doomed)"
    )
    connection.execute(
        "INSERT INTO sweep (number, purpose, host, pid, started, heartbeat, newest) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (last + 1, purpose, this_host(), os.getpid(), now, now, max(newest, floor)),
    )
    return int(last) + 1


class Pace:
    """How many rows make a transaction that keeps others waiting for a moment only.

    Parameters
    ----------
    rows : int
        Of the first.
    """

    def __init__(self, rows: int = 256) -> None:
        self.rows = rows

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        """Time a transaction, and make the next one longer or shorter."""
        begun = time.monotonic()
        yield
        took = time.monotonic() - begun
        if took > _SLICE_S:
            self.rows = max(16, self.rows // 2)
        elif took < _SLICE_S / 3:
            self.rows = min(20_000, self.rows * 2)
