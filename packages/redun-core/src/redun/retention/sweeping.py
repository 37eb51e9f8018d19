"""Delete what is marked, in short transactions after each of which the record is whole.

Floor: retention. Rows go before what they refer to, and with a row goes its mark: a process that is killed leaves rows
that are marked, and no reference that leads nowhere.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import attrs

from redun.recorder.marks import Kind
from redun.retention.maintenance import Maintenance, Pace
from redun.retention.payloads import Payloads
from redun.retention.tally import Tally

__all__ = ["ripe_sweeps", "sweep"]


def _tags(entity: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (table, f"DELETE FROM {table} WHERE entity = '{entity}' AND id = ?")
        for table in ("tag", "tag_removed")
    )


@attrs.frozen
class _Step:
    """One way through all marked rows of a kind.

    Attributes
    ----------
    kind : Kind
    deletions : tuple of (str, str)
        What is deleted, and how, by a hash.
    last : bool
        The marks go, too.
    """

    kind: Kind
    deletions: tuple[tuple[str, str], ...]
    last: bool = True


_STEPS = (
    _Step(
        Kind.EVALUATION,
        tuple(
            (table, f"DELETE FROM {table} WHERE eval_hash = ?")
            for table in ("evaluation", "argument", "flow", "foreign_evaluation")
        ),
    ),
    _Step(Kind.CALL, (("call_edge", "DELETE FROM call_edge WHERE parent = ?"),), last=False),
    _Step(
        Kind.CALL,
        (
            ("foreign_call", "DELETE FROM foreign_call WHERE hash = ?"),
            *_tags("call"),
            ("call", "DELETE FROM call_node WHERE hash = ?"),
        ),
    ),
    _Step(Kind.TASK_SET, (("task_set", "DELETE FROM task_set WHERE hash = ?"),)),
    _Step(Kind.VALUE, (("subvalue", "DELETE FROM subvalue WHERE parent = ?"),), last=False),
    _Step(
        Kind.VALUE,
        (
            ("foreign_value", "DELETE FROM foreign_value WHERE hash = ?"),
            *_tags("value"),
            ("value", "DELETE FROM value WHERE hash = ?"),
        ),
    ),
    _Step(
        Kind.TASK,
        (
            ("task_part", "DELETE FROM task_part WHERE task = (SELECT key FROM task WHERE hash = ?)"),
            *_tags("task"),
            ("task", "DELETE FROM task WHERE hash = ?"),
        ),
    ),
    _Step(
        Kind.HANDLE,
        (
            ("handle_edge", "DELETE FROM handle_edge WHERE child = ?"),
            ("handle_edge", "DELETE FROM handle_edge WHERE parent = ?"),
        ),
        last=False,
    ),
    _Step(Kind.HANDLE, (("handle", "DELETE FROM handle WHERE hash = ?"),)),
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

    Returns
    -------
    Tally
        What was deleted.
    """
    tally = Tally()
    numbers = ", ".join(map(str, ripe))
    marked = (
        "SELECT u.hash FROM temp.unreachable u JOIN doomed d ON d.kind = u.kind AND d.hash = u.hash"
        f" WHERE u.kind = ? AND u.hash > ? AND d.sweep IN ({numbers}) ORDER BY u.hash LIMIT ?"
    )
    for step in _STEPS:
        pace = Pace()
        position, count = b"", 0
        while rows := work.session.connection.execute(
            marked, (int(step.kind), position, pace.rows)
        ).fetchall():
            position = rows[-1][0]
            with pace.measured(), work.slice() as connection:
                # Somebody may have recorded some of them anew since.
                still = [row for row in rows if _is_marked(connection, step.kind, row[0])]
                if step.last and step.kind is Kind.VALUE:
                    _remove_files(connection, still, payloads, tally)
                for name, statement in step.deletions:
                    tally.add(name, connection.executemany(statement, still).rowcount if still else 0)
                if step.last:
                    connection.executemany(
                        f"DELETE FROM doomed WHERE kind = {int(step.kind)} AND hash = ?", still
                    )
            if payloads is not None:
                payloads.delete()
            count += len(still)
            tell(step.deletions[-1][0].replace("_", " "), count)
    with work.slice() as connection:
        tally.add("code", connection.execute(_CODE).rowcount)
        connection.execute(
            f"DELETE FROM doomed WHERE kind = {int(Kind.DEAD)} AND hash NOT IN (SELECT id FROM execution)"
        )
    return tally


def _is_marked(connection: sqlite3.Connection, kind: Kind, found: bytes) -> bool:
    row = connection.execute(
        "SELECT 1 FROM doomed WHERE kind = ? AND hash = ?", (int(kind), found)
    ).fetchone()
    return row is not None


def _remove_files(
    connection: sqlite3.Connection, values: list[tuple[bytes]], payloads: Payloads | None, tally: Tally
) -> None:
    """Take values out of the index of files, and their payloads out of the value store."""
    paths = "SELECT path FROM temp.unreachable_file WHERE value_hash = ?"
    stored = (
        "SELECT store FROM value WHERE hash = ?1 AND store IS NOT NULL"
        " UNION ALL SELECT store FROM foreign_value WHERE hash = ?1 AND store IS NOT NULL"
    )
    for value in values:
        for (path,) in connection.execute(paths, value).fetchall():
            tally.add(
                "file",
                connection.execute(
                    "DELETE FROM file WHERE path = ? AND value_hash = ?", (path, *value)
                ).rowcount,
            )
        if payloads is not None:
            for (address,) in connection.execute(stored, value).fetchall():
                tally.add("payload", 1, payloads.set_aside(address))
