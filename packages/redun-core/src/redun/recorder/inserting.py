"""Write batches into the tables.

Floor: recorder.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from redun.errors import RecorderError
from redun.recorder import staging
from redun.recorder.batch import Batch, TaskPart
from redun.recorder.foreign import adopt, has_marks
from redun.recorder.marks import Marks
from redun.recorder.rows import insert
from redun.recorder.tagging import drop_removed
from redun.recorder.task_parts import has_parts, write_parts
from redun.recorder.transaction import Session
from redun.recorder.value_store import ValueStore

__all__ = ["Inserter"]

LARGE = 1024 * 1024
"""Payloads of more bytes go to the value store."""

_LISTS = tuple(name for name in Batch.__slots__ if name != "jobs")
# Rows keyed by hashes are written in the order of their keys, so that neighbours find their page at hand.
_HASHED = ("values", "evaluations", "arguments", "call_nodes")
_AS_THEY_ARE = ("evaluations", "arguments", "flows", "call_edges", "task_sets", "subvalues", "files", "tags")
_RARE = ("attempts", "outputs", "handles", "handle_edges")
_by_hash = itemgetter(0)
_Parts = Sequence[tuple[bytes, Sequence[TaskPart]]]

# About ten thousand jobs: so many are written where they belong before more are staged.
_FLOOD_ROWS = 50_000
# More at once would cost less, but a merge holds the database: about a second at a million jobs on a busy machine.
_MERGE_ROWS = 200_000
_MERGE_S = 5.0
"""How long others may have to wait to see staged rows."""


class Inserter:
    """Writes batches.

    Parameters
    ----------
    session : Session
    store : ValueStore
        Takes large payloads.
    """

    def __init__(self, session: Session, store: ValueStore) -> None:
        self._session = session
        self._store = store
        self._task_keys: dict[bytes, int] = {}
        self._marks = Marks()
        self._direct_rows = 0
        self._staged_rows = 0
        self._staged_since = 0.0

    def write(self, batches: Sequence[Batch]) -> None:
        """Write batches in one transaction.

        Raises
        ------
        RecorderError
            Nothing of them was written.
        """
        batch = _merge(batches)
        # Before the transaction: others need not wait while source is read.
        parts = self._parts(batch)
        staged = self._direct_rows >= _FLOOD_ROWS
        try:
            self._write(batch, staged, parts)
        except UnicodeEncodeError:
            self._write(_encodable(batch), staged, parts)
        self._count(batch, staged)

    def tidy(self) -> None:
        """Merge what is staged, if there is enough of it or it has waited long."""
        waited = time.monotonic() - self._staged_since
        if self._staged_rows >= _MERGE_ROWS or (self._staged_rows and waited >= _MERGE_S):
            staging.merge(self._session, drop=False)
            self._staged_rows = 0

    def settle(self) -> None:
        """Merge everything, also what others left; what comes next is no flood until it proves to be one."""
        staging.merge(self._session, drop=True)
        self._direct_rows = self._staged_rows = 0

    def _count(self, batch: Batch, staged: bool) -> None:
        rows = sum(len(getattr(batch, name)) for name in _HASHED)
        if not staged:
            self._direct_rows += rows
            return
        if not self._staged_rows:
            self._staged_since = time.monotonic()
        self._staged_rows += rows

    def _parts(self, batch: Batch) -> list[tuple[bytes, Sequence[TaskPart]]]:
        """Read the parts of the task versions whose parts are not recorded."""
        fresh = {task: describe for task, describe in batch.task_parts if task not in self._task_keys}
        if not fresh:
            return []
        with self._session.lock:
            wanted = [task for task in fresh if not has_parts(self._session.connection, task)]
        return [(task, fresh[task]()) for task in wanted]

    def _write(self, batch: Batch, staged: bool, parts: _Parts) -> None:
        written = False
        while not written:
            # Before the transaction: a row must not name a payload that is not safely there, and others need not wait.
            small, stored = self._store_large(batch.values)
            written = self._write_rows(batch, small, stored, staged, parts)

    def _write_rows(
        self, batch: Batch, small: list[Any], stored: list[Any], staged: bool, parts: _Parts
    ) -> bool:
        """Write in one transaction; False if a payload that was found in the value store has just been removed."""
        with self._session.transaction() as connection:
            if not all(self._store.holds(row[6]) for row in stored):
                return False
            if self._marks.enter(connection, {execution for execution, _ in batch.jobs}):
                self._task_keys = {}
            keys = self._write_tasks(connection, batch)
            write_parts(connection, [(keys[task], found) for task, found in parts if task in keys])
            if staged:
                staging.prepare(connection)
            # Payloads in files are replaced by the value store when it finds them damaged.
            connection.executemany("DELETE FROM value WHERE hash = ? AND store IS NULL", batch.unreadable)
            if has_marks(connection):
                adopt(connection, small, stored, batch.evaluations, batch.call_nodes)
            insert(connection, "values", small, staged=staged)
            insert(connection, "stored_values", stored)
            if batch.tags:
                batch.tags = drop_removed(connection, batch.tags)
            for name in _AS_THEY_ARE:
                insert(connection, name, getattr(batch, name), staged=staged and name in staging.STAGED)
            _write_calls(connection, batch, keys, staged)
            jobs = [
                (execution, number, job[0], keys[job[1]], *job[2:])
                for (execution, number), job in batch.jobs.items()
            ]
            insert(connection, "jobs", jobs)
            for name in _RARE:
                if rows := getattr(batch, name):
                    insert(connection, name, rows)
            self._marks.spare(connection, batch)
        # Only now: had the transaction failed, the keys might become another task's.
        self._task_keys = keys
        return True

    def _store_large(self, values: list[Any]) -> tuple[list[Any], list[Any]]:
        small, stored = [], []
        for row in values:
            payload = row[6]
            if payload is None or (type(payload) is bytes and len(payload) <= LARGE):
                small.append(row)
            else:
                stored.append((*row[:6], self._store.put(row[0], payload)))
        return small, stored

    def _write_tasks(self, connection: sqlite3.Connection, batch: Batch) -> dict[bytes, int]:
        """Write the task versions that are new; return the keys of all that the batch names."""
        keys = self._task_keys
        insert(connection, "tasks", [row for row in batch.tasks if row[0] not in keys])
        needed = {row[1] for row in batch.call_nodes}
        needed.update(job[1] for job in batch.jobs.values())
        found = dict(keys)
        for task in needed.difference(keys):
            row = connection.execute("SELECT key FROM task WHERE hash = ?", (task,)).fetchone()
            if row is None:
                raise RecorderError(
                    f"a job of the task {task.hex()} is to be written, but no such task is recorded"
                )
            found[task] = row[0]
        return found


def _write_calls(connection: sqlite3.Connection, batch: Batch, keys: dict[bytes, int], staged: bool) -> None:
    leaves, others = [], []
    now = time.time_ns() // 1000
    for call, task, key, value, task_set, failed in batch.call_nodes:
        if task_set is None:
            leaves.append((call, keys[task], key, value, failed))
        else:
            others.append((call, keys[task], key, value, task_set, failed, now))
    insert(connection, "leaf_calls", leaves, staged=staged)
    insert(connection, "calls", others, staged=staged)


def _merge(batches: Sequence[Batch]) -> Batch:
    merged = batches[0]
    if len(batches) > 1:
        merged = Batch()
        for batch in batches:
            for name in _LISTS:
                getattr(merged, name).extend(getattr(batch, name))
            merged.jobs.update(batch.jobs)
    for name in _HASHED:
        getattr(merged, name).sort(key=_by_hash)
    return merged


def _encodable(batch: Batch) -> Batch:
    """Return a copy without the lone surrogates that file names may hold and a database may not."""
    clean = Batch()
    for name in _LISTS:
        setattr(clean, name, [tuple(map(_clean, row)) for row in getattr(batch, name)])
    clean.jobs = {key: tuple(map(_clean, job)) for key, job in batch.jobs.items()}
    return clean


def _clean(item: Any) -> Any:
    return item.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(item, str) else item
