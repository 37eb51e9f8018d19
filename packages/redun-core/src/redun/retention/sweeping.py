"""Delete what is marked, in short transactions after each of which the record is whole.

Floor: retention. Rows go before what they refer to, and with a row goes its mark: a process that is killed leaves rows
that are marked, and no reference that leads nowhere.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from redun.recorder.marks import Kind
from redun.retention.maintenance import Maintenance, Pace
from redun.retention.payloads import Payloads
from redun.retention.tally import Tally

__all__ = ["ripe_sweeps", "sweep"]

_TAGS = (
    "DELETE FROM tag WHERE entity = '{0}' AND id = ?",
    "DELETE FROM tag_removed WHERE entity = '{0}' AND id = ?",
)

# Each step goes through all marked rows of a kind; the last step of a kind takes the marks along.
_STEPS: tuple[tuple[Kind, bool, tuple[str, ...]], ...] = (
    (
        Kind.EVALUATION,
        True,
        tuple(
            f"DELETE FROM {table} WHERE eval_hash = ?"
            for table in ("evaluation", "argument", "flow", "foreign_evaluation")
        ),
    ),
    (Kind.CALL, False, ("DELETE FROM call_edge WHERE parent = ?",)),
    (
        Kind.CALL,
        True,
        (
            "DELETE FROM foreign_call WHERE hash = ?",
            *(text.format("call") for text in _TAGS),
            "DELETE FROM call_node WHERE hash = ?",
        ),
    ),
    (Kind.TASK_SET, True, ("DELETE FROM task_set WHERE hash = ?",)),
    (Kind.VALUE, False, ("DELETE FROM subvalue WHERE parent = ?",)),
    (
        Kind.VALUE,
        True,
        (
            "DELETE FROM foreign_value WHERE hash = ?",
            *(text.format("value") for text in _TAGS),
            "DELETE FROM value WHERE hash = ?",
        ),
    ),
    (
        Kind.TASK,
        True,
        (
            "DELETE FROM task_part WHERE task = (SELECT key FROM task WHERE hash = ?)",
            *(text.format("task") for text in _TAGS),
            "DELETE FROM task WHERE hash = ?",
        ),
    ),
    (
        Kind.HANDLE,
        False,
        ("DELETE FROM handle_edge WHERE child = ?", "DELETE FROM handle_edge WHERE parent = ?"),
    ),
    (Kind.HANDLE, True, ("DELETE FROM handle WHERE hash = ?",)),
)
_CODE = "DELETE FROM code WHERE hash NOT IN (SELECT code FROM task_part WHERE code IS NOT NULL)"


def ripe_sweeps(connection: sqlite3.Connection, oldest_live: int | None) -> list[int]:
    """Return the numbers of the works whose marks are older than all that runs."""
    rows = connection.execute("SELECT number, newest FROM sweep WHERE marked IS NOT NULL")
    return [number for number, newest in rows if oldest_live is None or newest < oldest_live]


def sweep(
    work: Maintenance, ripe: list[int], payloads: Payloads | None, tell: Callable[[str, int], None]
) -> Tally:
    """Delete what is unreachable and carries a mark of one of the works in `ripe`.

    Parameters
    ----------
    work : Maintenance
    ripe : list of int
    payloads : Payloads or None
        None: files of the value store stay.
    tell : callable
        Told what is being deleted, and how many so far.
    """
    tally = Tally()
    for kind, last, statements in _STEPS:
        _step(work, kind, statements, ripe, payloads, tally if last else None, tell)
    with work.slice() as connection:
        tally.add("code", connection.execute(_CODE).rowcount)
        connection.execute(
            f"DELETE FROM doomed WHERE kind = {int(Kind.DEAD)} AND hash NOT IN (SELECT id FROM execution)"
        )
    return tally


def _step(
    work: Maintenance,
    kind: Kind,
    statements: tuple[str, ...],
    ripe: list[int],
    payloads: Payloads | None,
    tally: Tally | None,
    tell: Callable[[str, int], None],
) -> None:
    numbers = ", ".join(str(number) for number in ripe)
    found = (
        "SELECT u.hash FROM temp.unreachable u JOIN doomed d ON d.kind = u.kind AND d.hash = u.hash"
        f" WHERE u.kind = ? AND u.hash > ? AND d.sweep IN ({numbers}) ORDER BY u.hash LIMIT ?"
    )
    pace = Pace()
    position, count = b"", 0
    while True:
        hashes = work.session.connection.execute(found, (int(kind), position, pace.rows)).fetchall()
        if not hashes:
            return
        position = hashes[-1][0]
        with pace.measured(), work.slice() as connection:
            # Somebody may have recorded some of them anew since.
            still = [
                row
                for row in hashes
                if connection.execute(
                    "SELECT 1 FROM doomed WHERE kind = ? AND hash = ?", (int(kind), *row)
                ).fetchone()
            ]
            if tally is not None:
                _settle(connection, kind, still, payloads, tally)
            for statement in statements:
                connection.executemany(statement, still)
        if payloads is not None:
            payloads.delete()
        count += len(still)
        tell(kind.name.lower(), count)


def _settle(
    connection: sqlite3.Connection,
    kind: Kind,
    rows: list[tuple[bytes]],
    payloads: Payloads | None,
    tally: Tally,
) -> None:
    """Take marks away along with the rows, and what is known of values elsewhere."""
    connection.executemany(f"DELETE FROM doomed WHERE kind = {int(kind)} AND hash = ?", rows)
    tally.add(kind.name.lower(), len(rows))
    if kind is not Kind.VALUE:
        return
    for row in rows:
        paths = connection.execute(
            "SELECT path FROM temp.unreachable_file WHERE value_hash = ?", row
        ).fetchall()
        for (path,) in paths:
            connection.execute("DELETE FROM file WHERE path = ? AND value_hash = ?", (path, *row))
        stored = connection.execute(
            "SELECT store FROM value WHERE hash = ? AND store IS NOT NULL", row
        ).fetchone()
        if stored is not None and payloads is not None:
            tally.add("payload", 1, payloads.set_aside(stored[0]))
