"""What a record holds, whatever integer keys it gave it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

_EVALUATIONS = (
    "SELECT eval_hash, value_hash FROM evaluation UNION SELECT eval_hash, value_hash FROM foreign_evaluation"
)
_CALLS = (
    "SELECT c.hash, t.hash, c.eval_hash, c.value_hash, c.task_set, c.failed, c.created, m.hash IS NOT NULL"
    " FROM call_node c JOIN task t ON t.key = c.task LEFT JOIN foreign_call m ON m.hash = c.hash"
)
_VALUES = (
    "SELECT v.hash, v.type, v.size, v.preview, v.format, v.flags, coalesce(v.blob, m.blob),"
    " coalesce(v.store, replace(m.store, 'foreign/', '')), m.hash IS NOT NULL"
    " FROM value v LEFT JOIN foreign_value m ON m.hash = v.hash"
)
_JOBS = (
    "SELECT e.id, j.number, j.parent, t.hash, j.eval_hash, j.call_hash, j.status, j.reason, j.executor, j.started,"
    " j.duration FROM job j JOIN execution e ON e.key = j.execution JOIN task t ON t.key = j.task"
)
_PARTS = (
    "SELECT t.hash, p.kind, p.name, p.digest, p.via, p.code FROM task_part p JOIN task t ON t.key = p.task"
)
_QUESTIONS = {
    "execution": (
        "SELECT id, argv, task, status, started, ended, heartbeat, host, pid, version, error FROM execution"
    ),
    "job": _JOBS,
    "attempt": (
        "SELECT e.id, a.number, a.attempt, a.error, a.cause, a.started, a.duration"
        " FROM attempt a JOIN execution e ON e.key = a.execution"
    ),
    "output": (
        "SELECT e.id, o.number, o.stream, o.text, o.dropped FROM output o JOIN execution e ON e.key = o.execution"
    ),
    "call": _CALLS,
    "evaluation": _EVALUATIONS,
    "value": _VALUES,
    "task": "SELECT hash, namespace, name, parameters, source, file, line, version FROM task",
    "part": _PARTS,
    **{
        table: f"SELECT * FROM {table}"
        for table in (
            "argument",
            "call_edge",
            "code",
            "file",
            "flow",
            "handle",
            "handle_edge",
            "subvalue",
            "tag",
            "task_set",
        )
    },
}


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of each table, sorted."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            name: sorted(connection.execute(question).fetchall(), key=repr)
            for name, question in _QUESTIONS.items()
        }


def unmarked(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the same without saying what is a stranger's."""
    found = content(path)
    for name in ("call", "value"):
        found[name] = [row[:-1] for row in found[name]]
    return found


def dump(path: Path) -> str:
    """Return all that a database holds, but the list of those who looked after it."""
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(line for line in connection.iterdump() if '"sweep"' not in line)


def dangling(path: Path) -> list[tuple[object, ...]]:
    """Return references that lead nowhere."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA foreign_key_check").fetchall()


def forget_execution(source: Path, path: Path) -> None:
    """Make a record that has all of another but the execution: nothing leads to the rest."""
    shutil.copytree(source.parent, path.parent)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(
            "DELETE FROM job; DELETE FROM attempt; DELETE FROM output; DELETE FROM execution;"
            " DELETE FROM tag WHERE entity IN ('job', 'execution')"
        )
