"""Mark what is unreachable, and take marks away from what is reachable again.

Floor: retention.
"""

from __future__ import annotations

import time

from redun.recorder.marks import ROWS, Kind, spare_below
from redun.retention.maintenance import Maintenance, Pace
from redun.retention.reach import REACHED

__all__ = ["close", "mark", "spare_reached", "spare_referred"]

# Entries of the cache before what they lead to.
_ORDER = (Kind.EVALUATION, Kind.CALL, Kind.TASK_SET, Kind.VALUE, Kind.TASK, Kind.HANDLE)
_MARK = (
    "INSERT INTO doomed (kind, hash, sweep) VALUES (?, ?, ?)"
    " ON CONFLICT (kind, hash) DO UPDATE SET sweep = excluded.sweep"
    " WHERE sweep NOT IN (SELECT number FROM sweep WHERE marked IS NOT NULL)"
)


def spare_reached(work: Maintenance) -> int:
    """Take away the marks of what is reachable; return how many."""
    spared = 0
    pace = Pace()
    for kind in ROWS:
        column = "eval_hash" if kind is Kind.EVALUATION else "hash"
        found = (
            f"SELECT d.hash FROM doomed d JOIN temp.{REACHED[kind]} r ON r.{column} = d.hash"
            " WHERE d.kind = ? AND d.hash > ? ORDER BY d.hash LIMIT ?"
        )
        last = b""
        while True:
            hashes = work.session.connection.execute(found, (int(kind), last, pace.rows)).fetchall()
            if not hashes:
                break
            with pace.measured(), work.slice() as connection:
                connection.executemany(
                    "DELETE FROM doomed WHERE kind = ? AND hash = ?", [(int(kind), one) for (one,) in hashes]
                )
            spared += len(hashes)
            last = hashes[-1][0]
    return spared


def mark(work: Maintenance) -> None:
    """Mark what is unreachable; only `close` makes the marks count."""
    pace = Pace()
    for kind in _ORDER:
        last = b""
        while True:
            hashes = work.session.connection.execute(
                "SELECT hash FROM temp.unreachable WHERE kind = ? AND hash > ? ORDER BY hash LIMIT ?",
                (int(kind), last, pace.rows),
            ).fetchall()
            if not hashes:
                break
            with pace.measured(), work.slice() as connection:
                connection.executemany(_MARK, [(int(kind), one, work.number) for (one,) in hashes])
            last = hashes[-1][0]


def spare_referred(work: Maintenance) -> None:
    """Take away the marks of all that unmarked rows refer to, though nothing leads to these.

    They were recorded after the first snapshot, when what they refer to had no mark to be taken away.
    """
    unmarked = (
        "SELECT u.hash FROM temp.unreachable u WHERE u.kind = ? AND u.hash > ? AND NOT EXISTS"
        " (SELECT 1 FROM doomed d WHERE d.kind = u.kind AND d.hash = u.hash) ORDER BY u.hash LIMIT ?"
    )
    pace = Pace()
    for kind in ROWS:
        last = b""
        while hashes := work.session.connection.execute(unmarked, (int(kind), last, pace.rows)).fetchall():
            with pace.measured(), work.slice() as connection:
                spare_below(connection, kind, {one for (one,) in hashes})
            last = hashes[-1][0]


def close(work: Maintenance) -> int:
    """Note that all is marked, and no row without a mark refers to one with it; return the newest execution's key."""
    with work.slice() as connection:
        connection.execute(
            "UPDATE sweep SET marked = ?, newest = max(coalesce(newest, 0),"
            " (SELECT coalesce(max(key), 0) FROM execution)) WHERE number = ?",
            (time.time_ns() // 1000, work.number),
        )
        ((newest,),) = connection.execute("SELECT newest FROM sweep WHERE number = ?", (work.number,))
    return int(newest)
