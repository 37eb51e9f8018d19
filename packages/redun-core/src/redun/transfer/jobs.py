"""Executions and their jobs on their way into a record: whose they are, and which of two states is the later one.

Floor: transfer. An execution is known by its random id and keeps it; the integer key that it has in a database is a
new one. Of our own nothing is changed.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from redun.errors import RecorderError
from redun.recorder.executions import own_key
from redun.retention.maintenance import Maintenance

__all__ = ["check_executions", "merge_executions", "merge_jobs"]

# What ends comes after what runs; who was taken for dead may yet have lived.
_RANKED = "(CASE {0}.status WHEN 0 THEN 0 WHEN 5 THEN 1 WHEN 4 THEN 2 ELSE 3 END, COALESCE({0}.{1}, -1))"

_CLASHES = [
    (
        "SELECT i.line, i.id FROM incoming.execution i JOIN main.execution e ON e.id = i.id"
        " WHERE e.argv <> i.argv OR e.task <> i.task OR e.started <> i.started OR e.host <> i.host"
        " OR e.pid <> i.pid LIMIT 1",
        "the record has another execution {}: its command, task, start, host or process differ",
    ),
    (
        "SELECT i.line, i.execution FROM incoming.job i JOIN main.execution e ON e.id = i.execution"
        " JOIN main.job j ON j.execution = e.key AND j.number = i.number JOIN main.task t ON t.key = j.task"
        " WHERE t.hash <> i.task OR j.eval_hash <> i.eval_hash OR COALESCE(j.parent, -1) <> COALESCE(i.parent, -1)"
        " LIMIT 1",
        "the record has another job of this number in the execution {}",
    ),
    (
        "SELECT i.line, i.execution FROM incoming.job i JOIN main.execution e ON e.id = i.execution"
        " WHERE e.status NOT IN (0, 5) AND NOT EXISTS (SELECT 1 FROM main.origin o WHERE o.execution = e.key)"
        " AND NOT EXISTS (SELECT 1 FROM main.job j WHERE j.execution = e.key AND j.number = i.number) LIMIT 1",
        "the execution {} was run here, and had no such job",
    ),
]

_NEW = (
    "INSERT INTO main.execution (id, argv, task, status, started, ended, heartbeat, host, pid, version, error)"
    " SELECT id, argv, task, status, started, ended, heartbeat, host, pid, version, error"
    " FROM incoming.execution i WHERE i.id = ? ON CONFLICT DO NOTHING"
)
_ORIGIN = (
    "INSERT INTO main.origin (execution, repository, received)"
    " SELECT key, ?, ? FROM main.execution WHERE id = ? ON CONFLICT DO NOTHING"
)
_LATER = (
    "UPDATE main.execution SET (status, ended, heartbeat, version, error) ="
    " (SELECT i.status, i.ended, i.heartbeat, i.version, i.error FROM incoming.execution i"
    " WHERE i.id = execution.id)"
    " WHERE id = :id AND EXISTS (SELECT 1 FROM main.origin o WHERE o.execution = execution.key)"
    " AND EXISTS (SELECT 1 FROM incoming.execution i WHERE i.id = execution.id AND "
    + _RANKED.format("i", "heartbeat")
    + " > "
    + _RANKED.format("execution", "heartbeat")
    + ")"
)

_THEIRS = (
    " JOIN main.execution e ON e.id = i.execution JOIN main.origin o ON o.execution = e.key"
    " WHERE (i.execution, i.number) > (:execution, :number) AND (i.execution, i.number) <= (:until, :last)"
)
_JOBS = (
    "INSERT INTO main.job (execution, number, parent, task, eval_hash, call_hash, status, reason, executor, started,"
    " duration) SELECT e.key, i.number, i.parent, t.key, i.eval_hash, i.call_hash, i.status, i.reason, i.executor,"
    " i.started, i.duration FROM incoming.job i JOIN main.task t ON t.hash = i.task"
    + _THEIRS
    + " ON CONFLICT (execution, number) DO UPDATE SET call_hash = excluded.call_hash, status = excluded.status,"
    " reason = excluded.reason, executor = excluded.executor, started = excluded.started,"
    " duration = excluded.duration WHERE "
    + _RANKED.format("excluded", "duration")
    + " > "
    + _RANKED.format("job", "duration")
)
_ATTEMPTS = (
    "INSERT INTO main.attempt (execution, number, attempt, error, cause, started, duration)"
    " SELECT e.key, i.number, i.attempt, i.error, i.cause, i.started, i.duration FROM incoming.attempt i"
    + _THEIRS
    + " ON CONFLICT (execution, number, attempt) DO UPDATE SET error = excluded.error, cause = excluded.cause,"
    " started = excluded.started, duration = excluded.duration"
    " WHERE COALESCE(excluded.duration, -1) > COALESCE(attempt.duration, -1)"
)
_OUTPUTS = (
    "INSERT INTO main.output (execution, number, stream, text, dropped)"
    " SELECT e.key, i.number, i.stream, i.text, i.dropped FROM incoming.output i"
    + _THEIRS
    + " ON CONFLICT (execution, number, stream) DO UPDATE SET text = excluded.text, dropped = excluded.dropped"
    " WHERE length(excluded.text) + excluded.dropped > length(output.text) + output.dropped"
)


def check_executions(connection: sqlite3.Connection, refuse: Callable[[int, str], RecorderError]) -> None:
    """Refuse executions that claim to be others.

    Raises
    ------
    RecorderError
        What `refuse` makes of a line and what is wrong there.
    """
    for question, problem in _CLASHES:
        row = connection.execute(question).fetchone()
        if row is not None:
            raise refuse(row[0], problem.format(row[1].hex()))


def merge_executions(work: Maintenance, repository: str) -> int:
    """Merge executions; return how many are new."""
    new = 0
    ids = work.session.connection.execute("SELECT id FROM incoming.execution ORDER BY started, id").fetchall()
    for start in range(0, len(ids), 1000):
        with work.slice() as connection:
            for (identity,) in ids[start : start + 1000]:
                if connection.execute(_NEW, (identity,)).rowcount > 0:
                    new += 1
                    own_key(connection, identity)
                    connection.execute(_ORIGIN, (repository, time.time_ns() // 1000, identity))
                else:
                    new += connection.execute(_LATER, {"id": identity}).rowcount
    return new


def merge_jobs(work: Maintenance, step: int, merged: Callable[[int], None]) -> int:
    """Merge jobs, and what they printed and tried; return how many are new or came further."""
    new = 0
    place = {"execution": b"", "number": -1}
    while True:
        rows = work.session.connection.execute(
            "SELECT execution, number FROM incoming.job WHERE (execution, number) > (:execution, :number)"
            " ORDER BY execution, number LIMIT 1 OFFSET :step",
            {**place, "step": step - 1},
        ).fetchall()
        until, last = rows[0] if rows else (b"\xff" * 17, 0)
        with work.slice() as connection:
            for statement in (_JOBS, _ATTEMPTS, _OUTPUTS):
                new += connection.execute(statement, {**place, "until": until, "last": last}).rowcount
        merged(step)
        if not rows:
            return new
        place = {"execution": until, "number": last}
