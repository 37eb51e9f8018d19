"""Marks of rows that a collection of garbage found unreachable: what a writer owes them.

Floor: recorder. Rows are found unreachable and deleted at different times (`redun.retention` says when). In between
they are marked in `doomed`, and no look-up of earlier results sees them. Whoever writes owes two things, in the
transaction of its own rows:

* what it records, or refers to, loses its mark, and so does everything that this refers to, directly or not: rows that
  are not marked never refer to rows that may be deleted;
* an execution that a collection took for dead, because it gave no sign of life, writes no more: rows that it found
  earlier, and has not referred to yet, may be gone.

Both cost one look at two small tables for each transaction, as long as nothing is marked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING

from redun.errors import RecorderError
from redun.hashing.keys import call_hash
from redun.recorder.connection import Connection

if TYPE_CHECKING:
    from redun.recorder.batch import Batch

__all__ = ["Kind", "Marks", "hidden", "spare", "spare_below"]


class Kind(IntEnum):
    """What a row of `doomed` stands for."""

    VALUE = 1
    CALL = 2
    EVALUATION = 3
    """The rows of an eval hash: evaluation, arguments, flows."""
    TASK = 4
    TASK_SET = 5
    HANDLE = 6
    EXECUTION = 7
    """By its id: its removal has begun."""
    DEAD = 8
    """By its id: taken for dead while it was recorded as running."""


ROWS = tuple(kind for kind in Kind if kind < Kind.EXECUTION)
"""Those that stand for rows found by their hash."""

_STATE = (
    "SELECT coalesce((SELECT max(number) FROM sweep), 0),"
    f" EXISTS (SELECT 1 FROM doomed WHERE kind < {int(Kind.EXECUTION)})"
)

# What a row refers to, by its hash: always found by a key.
_REFERENCES: dict[Kind, tuple[tuple[Kind, str], ...]] = {
    Kind.VALUE: ((Kind.VALUE, "SELECT child FROM subvalue WHERE parent IN ({})"),),
    Kind.CALL: (
        (Kind.CALL, "SELECT child FROM call_edge WHERE parent IN ({})"),
        (Kind.EVALUATION, "SELECT eval_hash FROM call_node WHERE hash IN ({})"),
        (Kind.VALUE, "SELECT value_hash FROM call_node WHERE hash IN ({})"),
        (Kind.TASK_SET, "SELECT task_set FROM call_node WHERE hash IN ({}) AND task_set IS NOT NULL"),
        (Kind.TASK, "SELECT t.hash FROM call_node c JOIN task t ON t.key = c.task WHERE c.hash IN ({})"),
    ),
    Kind.EVALUATION: (
        (Kind.VALUE, "SELECT value_hash FROM evaluation WHERE eval_hash IN ({})"),
        (Kind.VALUE, "SELECT value_hash FROM argument WHERE eval_hash IN ({})"),
        (Kind.VALUE, "SELECT value_hash FROM foreign_evaluation WHERE eval_hash IN ({})"),
        (Kind.CALL, "SELECT source FROM flow WHERE eval_hash IN ({})"),
    ),
    Kind.TASK: (),
    Kind.TASK_SET: ((Kind.TASK, "SELECT task_hash FROM task_set WHERE hash IN ({})"),),
    Kind.HANDLE: ((Kind.HANDLE, "SELECT parent FROM handle_edge WHERE child IN ({})"),),
}

_TAKEN_FOR_DEAD = (
    "the execution {} was taken for dead by `redun db gc`, for it gave no sign of life for a minute or more (was this "
    "machine asleep?): records that it found earlier may be gone, so it must not go on. Run it again: what it "
    "recorded until then is kept"
)
_REMOVED = (
    "the execution {} was taken for dead, for it gave no sign of life for a minute or more (was this machine asleep?), "
    "and `redun db gc` removed it: run it again"
)


def hidden(kind: Kind, column: str) -> str:
    """Return the condition of a look-up that leaves out marked rows."""
    return f"NOT EXISTS (SELECT 1 FROM doomed WHERE doomed.kind = {int(kind)} AND doomed.hash = {column})"


class Marks:
    """What one writer knows of the marks in its database."""

    def __init__(self) -> None:
        self._number = 0
        self._pending = False
        self._checked: dict[int, int] = {}

    def enter(self, connection: Connection, executions: Collection[int]) -> bool:
        """Look how things are, first thing in a transaction that writes jobs of some executions.

        Returns
        -------
        bool
            Rows were deleted, perhaps, since the last look: keys that are remembered may be others' now.

        Raises
        ------
        RecorderError
            One of the executions was taken for dead.
        """
        number, pending = connection.execute(_STATE).fetchone()
        self._pending = bool(pending)
        for execution in executions:
            if self._checked.get(execution) != number:
                _check_alive(connection, execution)
                self._checked[execution] = number
        news = bool(number != self._number)
        self._number = number
        return news

    def spare(self, connection: Connection, batch: Batch) -> None:
        """Take the marks away from what was just written, and from all that it refers to."""
        if self._pending:
            spare(connection, _referred_to(batch))


def spare(connection: Connection, rows: Mapping[Kind, Collection[bytes]]) -> None:
    """Take marks away from rows, and from all that they refer to; within a transaction."""
    pending = {kind: set(hashes) for kind, hashes in rows.items()}
    while pending:
        kind, hashes = pending.popitem()
        query = f"SELECT hash FROM doomed WHERE kind = {int(kind)} AND hash IN ({{}})"
        if found := {one for (one,) in connection.by_keys(query, hashes)}:
            connection.executemany(
                f"DELETE FROM doomed WHERE kind = {int(kind)} AND hash = ?", [(one,) for one in found]
            )
            for below, referred in _referred(connection, kind, found):
                pending.setdefault(below, set()).update(referred)


def spare_below(connection: Connection, kind: Kind, rows: Collection[bytes]) -> None:
    """Take marks away from all that rows without a mark refer to; within a transaction."""
    for below, referred in _referred(connection, kind, rows):
        spare(connection, {below: referred})


def _referred(
    connection: Connection, kind: Kind, rows: Collection[bytes]
) -> Iterator[tuple[Kind, Collection[bytes]]]:
    for below, query in _REFERENCES[kind]:
        yield below, {one for (one,) in connection.by_keys(query, rows)}
    if kind is Kind.EVALUATION:
        yield Kind.CALL, set(_leaf_calls(connection, rows))
    elif kind is Kind.VALUE:
        # A handle is known among values by its state.
        yield Kind.HANDLE, rows


def _leaf_calls(connection: Connection, evaluations: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the calls that are taken for recorded by whoever finds an evaluation whose value is no expression."""
    query = "SELECT eval_hash, value_hash FROM evaluation WHERE eval_hash IN ({})"
    for key, value in connection.by_keys(query, evaluations):
        yield call_hash(key, value)


def _check_alive(connection: Connection, execution: int) -> None:
    row = connection.execute("SELECT id FROM execution WHERE key = ?", (execution,)).fetchone()
    if row is None:
        raise RecorderError(_REMOVED.format(f"with the key {execution}"))
    dead = "SELECT 1 FROM doomed WHERE kind IN (?, ?) AND hash = ?"
    if connection.execute(dead, (int(Kind.EXECUTION), int(Kind.DEAD), row[0])).fetchone():
        raise RecorderError(_TAKEN_FOR_DEAD.format(row[0].hex()))


def _referred_to(batch: Batch) -> dict[Kind, set[bytes]]:
    values = {row[0] for row in batch.values}
    values.update(value for _, value in batch.evaluations)
    values.update(row[3] for row in batch.arguments)
    values.update(row[3] for row in batch.call_nodes)
    values.update(one for row in batch.subvalues for one in row)
    values.update(value for _, value in batch.files)
    values.update(identity for entity, identity, *_ in batch.tags if entity == "value")
    jobs = batch.jobs.values()
    evaluations = {key for key, _ in batch.evaluations}
    evaluations.update(row[0] for row in batch.arguments)
    evaluations.update(row[0] for row in batch.flows)
    evaluations.update(row[2] for row in batch.call_nodes)
    evaluations.update(job[2] for job in jobs)
    # See `_leaf_calls`.
    calls = {call_hash(key, value) for key, value in batch.evaluations}
    calls.update(row[0] for row in batch.call_nodes)
    calls.update(child for *_, child in batch.call_edges)
    calls.update(source for *_, source in batch.flows)
    calls.update(job[3] for job in jobs if job[3] is not None)
    task_sets = {row[4] for row in batch.call_nodes if row[4] is not None}
    task_sets.update(row[0] for row in batch.task_sets)
    tasks = {row[0] for row in batch.tasks}
    tasks.update(row[1] for row in batch.call_nodes)
    tasks.update(row[1] for row in batch.task_sets)
    tasks.update(job[1] for job in jobs)
    handles = {row[0] for row in batch.handles}
    handles.update(one for row in batch.handle_edges for one in row)
    return {
        Kind.VALUE: values,
        Kind.EVALUATION: evaluations,
        Kind.CALL: calls,
        Kind.TASK_SET: task_sets,
        Kind.TASK: tasks,
        Kind.HANDLE: handles,
    }
