"""Mark what is unreachable, and take marks away from what is reachable again.

Floor: retention.
"""

from __future__ import annotations

import time

from redun.recorder.marks import ROWS, Kind
from redun.retention.maintenance import Maintenance, Pace
from redun.retention.reach import REACHED

__all__ = ["mark", "spare_reached"]

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
    """Mark what is unreachable, then note when that was and which execution was the newest."""
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
    with work.slice() as connection:
        connection.execute(
            "UPDATE sweep SET marked = ?, newest = max(coalesce(newest, 0),"
            " (SELECT coalesce(max(key), 0) FROM execution)) WHERE number = ?",
            (time.time_ns() // 1000, work.number),
        )
