"""What is reachable from the executions that are kept, and what is not: worked out in temporary tables.

Floor: retention. The tables lie on disk and hold hashes alone, so that the size of a record does not matter. All is
read in one snapshot, beside whoever writes. Rows that are staged count as reachable: their execution is running, or
died and has yet to be merged.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from redun.hashing.keys import call_hash
from redun.recorder.marks import Kind
from redun.recorder.staging import leftovers

__all__ = ["REACHED", "find_unreachable", "prepare", "snapshot"]

REACHED = {
    Kind.CALL: "reached_call",
    Kind.EVALUATION: "reached_evaluation",
    Kind.VALUE: "reached_value",
    Kind.TASK_SET: "reached_task_set",
    Kind.TASK: "reached_task",
    Kind.HANDLE: "reached_handle",
}
"""Temporary tables of the hashes that are reachable, by kind."""

_KEPT = "execution NOT IN (SELECT key FROM temp.gone)"

# In this order: each follows from those before.
_CALLS = f"""
INSERT INTO temp.reached_call
WITH RECURSIVE reached(hash) AS (
 SELECT call_hash FROM job WHERE call_hash IS NOT NULL AND {_KEPT}
 UNION SELECT f.source FROM job j JOIN flow f ON f.eval_hash = j.eval_hash WHERE j.{_KEPT}
 {{staged}}
 UNION SELECT e.child FROM reached r JOIN call_edge e ON e.parent = r.hash
 UNION SELECT f.source FROM reached r JOIN call_node c ON c.hash = r.hash JOIN flow f ON f.eval_hash = c.eval_hash
) SELECT hash FROM reached
"""
_STAGED_CALLS = (
    " UNION SELECT hash FROM staged_call_node"
    " UNION SELECT f.source FROM staged_call_node c JOIN flow f ON f.eval_hash = c.eval_hash"
)
_VALUES_WITHIN = """
INSERT OR IGNORE INTO temp.reached_value
WITH RECURSIVE reached(hash) AS (
 SELECT s.child FROM subvalue s JOIN temp.reached_value r ON r.hash = s.parent
 UNION SELECT s.child FROM reached r JOIN subvalue s ON s.parent = r.hash
) SELECT hash FROM reached
"""
_HANDLES = """
INSERT INTO temp.reached_handle
WITH RECURSIVE reached(hash) AS (
 SELECT h.hash FROM handle h JOIN temp.reached_value r ON r.hash = h.hash
 UNION SELECT e.parent FROM reached r JOIN handle_edge e ON e.child = r.hash
) SELECT hash FROM reached
"""
# Whoever finds an evaluation whose value is no expression takes for granted that this call is recorded.
_LEAF_CALLS = """
INSERT OR IGNORE INTO temp.reached_call
SELECT c.hash FROM temp.reached_evaluation r JOIN evaluation e ON e.eval_hash = r.eval_hash
JOIN call_node c ON c.hash = leaf_call(e.eval_hash, e.value_hash)
"""
_REACHED_CALLS = "temp.reached_call r JOIN call_node c ON c.hash = r.hash"
_SOURCES: tuple[tuple[Kind, str, str], ...] = (
    (Kind.EVALUATION, "job", f"SELECT eval_hash FROM job WHERE {_KEPT}"),
    (Kind.EVALUATION, "call_node", f"SELECT c.eval_hash FROM {_REACHED_CALLS}"),
    (Kind.EVALUATION, "staged_call_node", "SELECT eval_hash FROM staged_call_node"),
    (Kind.EVALUATION, "staged_evaluation", "SELECT eval_hash FROM staged_evaluation"),
    (Kind.EVALUATION, "staged_argument", "SELECT eval_hash FROM staged_argument"),
    (Kind.VALUE, "call_node", f"SELECT c.value_hash FROM {_REACHED_CALLS}"),
    *(
        (
            Kind.VALUE,
            table,
            f"SELECT t.value_hash FROM temp.reached_evaluation r JOIN {table} t USING (eval_hash)",
        )
        for table in ("evaluation", "argument", "foreign_evaluation")
    ),
    (Kind.VALUE, "staged_call_node", "SELECT value_hash FROM staged_call_node"),
    (Kind.VALUE, "staged_evaluation", "SELECT value_hash FROM staged_evaluation"),
    (Kind.VALUE, "staged_argument", "SELECT value_hash FROM staged_argument"),
    (Kind.VALUE, "staged_value", "SELECT hash FROM staged_value"),
    (Kind.TASK_SET, "call_node", f"SELECT c.task_set FROM {_REACHED_CALLS} WHERE c.task_set IS NOT NULL"),
    (
        Kind.TASK_SET,
        "staged_call_node",
        "SELECT task_set FROM staged_call_node WHERE task_set IS NOT NULL",
    ),
    (
        Kind.TASK,
        "job",
        f"SELECT hash FROM task WHERE key IN (SELECT DISTINCT task FROM job WHERE {_KEPT})",
    ),
    (
        Kind.TASK,
        "call_node",
        f"SELECT hash FROM task WHERE key IN (SELECT DISTINCT c.task FROM {_REACHED_CALLS})",
    ),
    (
        Kind.TASK,
        "staged_call_node",
        "SELECT hash FROM task WHERE key IN (SELECT task FROM staged_call_node)",
    ),
    (
        Kind.TASK,
        "task_set",
        "SELECT t.task_hash FROM temp.reached_task_set r JOIN task_set t ON t.hash = r.hash",
    ),
)

_ALL: tuple[tuple[Kind, str], ...] = (
    (Kind.EVALUATION, "SELECT eval_hash AS hash FROM evaluation"),
    (Kind.EVALUATION, "SELECT DISTINCT eval_hash AS hash FROM argument"),
    (Kind.EVALUATION, "SELECT DISTINCT eval_hash AS hash FROM flow"),
    (Kind.EVALUATION, "SELECT DISTINCT eval_hash AS hash FROM foreign_evaluation"),
    (Kind.CALL, "SELECT hash FROM call_node"),
    (Kind.TASK_SET, "SELECT DISTINCT hash FROM task_set"),
    (Kind.VALUE, "SELECT hash FROM value"),
    (Kind.TASK, "SELECT hash FROM task"),
    (Kind.HANDLE, "SELECT hash FROM handle"),
)


def prepare(connection: sqlite3.Connection) -> None:
    """Make the temporary tables: `gone` takes the keys of executions to do without."""
    connection.create_function("leaf_call", 2, call_hash, deterministic=True)
    connection.execute("CREATE TEMP TABLE gone (key INTEGER PRIMARY KEY)")
    for table in REACHED.values():
        column = "eval_hash" if table == REACHED[Kind.EVALUATION] else "hash"
        connection.execute(f"CREATE TEMP TABLE {table} ({column} BLOB PRIMARY KEY) WITHOUT ROWID")
    connection.execute(
        "CREATE TEMP TABLE unreachable (kind INTEGER, hash BLOB, PRIMARY KEY (kind, hash)) WITHOUT ROWID"
    )
    # Files are found by their path, which is not known of a value.
    connection.execute("CREATE TEMP TABLE unreachable_file (value_hash BLOB, path TEXT)")
    connection.execute("CREATE INDEX temp.by_value ON unreachable_file (value_hash)")


@contextlib.contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[int]:
    """Look at one state of the record; gives a number that is the same as long as nobody else writes."""
    connection.execute("BEGIN")
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        ((version,),) = connection.execute("PRAGMA data_version").fetchall()
        yield version
    finally:
        connection.execute("COMMIT")


def find_unreachable(connection: sqlite3.Connection) -> None:
    """Fill `unreachable` with all rows that no execution but those in `gone` leads to; within a snapshot."""
    present = leftovers(connection)
    for table in ("unreachable", "unreachable_file", *REACHED.values()):
        connection.execute(f"DELETE FROM temp.{table}")
    connection.execute(_CALLS.format(staged=_STAGED_CALLS if "staged_call_node" in present else ""))
    for kind, sources in groupby(_SOURCES, itemgetter(0)):
        for _, table, query in sources:
            if not table.startswith("staged_") or table in present:
                connection.execute(f"INSERT OR IGNORE INTO temp.{REACHED[kind]} {query}")
        if kind is Kind.EVALUATION:
            connection.execute(_LEAF_CALLS)
    connection.execute(_VALUES_WITHIN)
    connection.execute(_HANDLES)
    for kind, query in _ALL:
        column = "eval_hash" if kind is Kind.EVALUATION else "hash"
        connection.execute(
            f"INSERT OR IGNORE INTO temp.unreachable SELECT {int(kind)}, hash FROM ({query}) AS every"
            f" WHERE NOT EXISTS (SELECT 1 FROM temp.{REACHED[kind]} r WHERE r.{column} = every.hash)"
        )
    connection.execute(
        "INSERT INTO temp.unreachable_file SELECT f.value_hash, f.path FROM file f"
        f" JOIN temp.unreachable u ON u.kind = {int(Kind.VALUE)} AND u.hash = f.value_hash"
    )
