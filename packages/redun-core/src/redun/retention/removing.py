"""Remove executions: their jobs from the last to the first, so that what is left is whole at any moment.

Floor: retention.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from redun.recorder.ids import job_tag_id
from redun.recorder.marks import Kind
from redun.retention.census import live_executions
from redun.retention.maintenance import Maintenance, Pace
from redun.retention.tally import Tally

__all__ = ["remove_executions"]

_TAGS = ("tag", "tag_removed")


def remove_executions(work: Maintenance, keys: Sequence[int], tell: Callable[[str, int], None]) -> Tally:
    """Delete executions with their jobs, attempts, output and tags; those that came to life meanwhile stay.

    Their removal is noted before it begins: their processes may not go on, and another work ends what a killed one
    began.
    """
    tally = Tally()
    with work.slice() as connection:
        live = {one.key for one in live_executions(connection)}
        doomed = [(key, identity) for key in keys if key not in live for identity in _id_of(connection, key)]
        connection.executemany(
            "INSERT INTO doomed (kind, hash, sweep) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [(int(Kind.EXECUTION), identity, work.number) for _, identity in doomed],
        )
    for key, identity in doomed:
        _remove_jobs(work, key, identity, tally, tell)
        with work.slice() as connection:
            for table in ("origin", "lease"):
                connection.execute(f"DELETE FROM {table} WHERE execution = ?", (key,))
            for table in _TAGS:
                connection.execute(f"DELETE FROM {table} WHERE entity = 'execution' AND id = ?", (identity,))
            connection.execute("DELETE FROM execution WHERE key = ?", (key,))
            connection.execute(
                "DELETE FROM doomed WHERE kind IN (?, ?) AND hash = ?",
                (int(Kind.EXECUTION), int(Kind.DEAD), identity),
            )
        tally.add("execution", 1)
    return tally


def _id_of(connection: sqlite3.Connection, key: int) -> list[bytes]:
    return [identity for (identity,) in connection.execute("SELECT id FROM execution WHERE key = ?", (key,))]


def _remove_jobs(
    work: Maintenance, key: int, identity: bytes, tally: Tally, tell: Callable[[str, int], None]
) -> None:
    pace = Pace()
    query = "SELECT number FROM job WHERE execution = ? ORDER BY number DESC LIMIT 1 OFFSET ?"
    count = 0
    while True:
        with pace.measured(), work.slice() as connection:
            row = connection.execute(query, (key, pace.rows - 1)).fetchone()
            first = row[0] if row else 0
            removed = connection.execute(
                "DELETE FROM job WHERE execution = ? AND number >= ?", (key, first)
            ).rowcount
            for table in ("attempt", "output"):
                number = connection.execute(
                    f"DELETE FROM {table} WHERE execution = ? AND number >= ?", (key, first)
                ).rowcount
                tally.add(table, number)
            bounds = job_tag_id(identity, first), job_tag_id(identity, 2**32 - 1)
            for table in _TAGS:
                connection.execute(f"DELETE FROM {table} WHERE entity = 'job' AND id BETWEEN ? AND ?", bounds)
        tally.add("job", removed)
        count += removed
        tell("job", count)
        if row is None:
            return
