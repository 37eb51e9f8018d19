"""Write batches into the tables.

Floor: recorder.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from redun.errors import RecorderError
from redun.recorder.batch import Batch, TaskPart
from redun.recorder.connection import Connection, Session
from redun.recorder.flood import Flood
from redun.recorder.foreign import adopt, has_marks
from redun.recorder.leases import keep_from_overwriting, lost, release
from redun.recorder.marks import Marks
from redun.recorder.signed import signed
from redun.recorder.storing import Stored, Storing
from redun.recorder.tagging import drop_removed
from redun.recorder.task_parts import has_parts, write_parts

if TYPE_CHECKING:
    from redun.signing.signer import Signer

__all__ = ["Inserter"]

_LISTS = tuple(name for name in Batch.__slots__ if name != "jobs")
# Rows keyed by hashes are written in the order of their keys, so that neighbours find their page at hand.
_HASHED = ("values", "evaluations", "arguments", "call_nodes")
_AS_THEY_ARE = ("evaluations", "arguments", "flows", "call_edges", "task_sets", "subvalues", "files", "tags")
_RARE = ("attempts", "outputs", "handles", "handle_edges")
_SIGNATURE = "SELECT signature FROM value WHERE hash = ?"
_by_hash = itemgetter(0)
_Parts = Sequence[tuple[bytes, Sequence[TaskPart]]]


class Inserter:
    """Writes batches.

    Parameters
    ----------
    session : Session
    storing : Storing
        Takes large payloads.
    flood : Flood, optional
        Decides when rows are staged; without it, none is.
    signer : Signer, optional
        Signs what is written.
    """

    def __init__(
        self,
        session: Session,
        storing: Storing,
        flood: Flood | None = None,
        signer: Signer | None = None,
    ) -> None:
        self._session = session
        self._storing = storing
        self._signer = signer
        self._task_keys: dict[bytes, int] = {}
        self._marks = Marks()
        self._connection: Connection | None = None
        self._flood = flood

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
        staged = self._flood is not None and self._flood.is_high
        try:
            self._write(batch, staged, parts)
        except UnicodeEncodeError:
            self._write(_encodable(batch), staged, parts)
        if self._flood is not None:
            self._flood.count(sum(len(getattr(batch, name)) for name in _HASHED), staged=staged)

    def tidy(self) -> None:
        """Merge what is staged, if there is enough of it or it has waited long."""
        if self._flood is not None:
            self._flood.tidy()

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
            small, large = self._store_large(batch)
            written = self._write_rows(batch, small, large, staged, parts)

    def _write_rows(
        self, batch: Batch, small: list[Any], large: list[Stored], staged: bool, parts: _Parts
    ) -> bool:
        """Write in one transaction; False if a payload that was found in the value store has just been removed."""
        with self._session.transaction() as connection:
            if not self._storing.still_there(large):
                return False
            stored = [one.row for one in large]
            if connection is not self._connection:
                # It may lead to a server that took over without the last rows: what is remembered need not be there.
                self._connection, self._marks, self._task_keys = connection, Marks(), {}
            if self._marks.enter(connection, {execution for execution, _ in batch.jobs}):
                self._task_keys = {}
            keys = self._write_tasks(connection, batch)
            write_parts(connection, [(keys[task], found) for task, found in parts if task in keys])
            if batch.releases:
                missing = (lost if staged else release)(connection, batch.releases)
                if missing:
                    batch.evaluations = keep_from_overwriting(connection, batch.evaluations, missing)
            if staged and self._flood is not None:
                self._flood.prepare(connection)
            # Payloads in files are replaced by the value store when it finds them damaged.
            connection.executemany("DELETE FROM value WHERE hash = ? AND store IS NULL", batch.unreadable)
            if has_marks(connection):
                adopt(connection, small, stored, batch.evaluations, batch.call_nodes)
            connection.insert(self._kind("values"), small, staged=staged)
            connection.insert(self._kind("stored_values"), stored)
            if batch.tags:
                batch.tags = drop_removed(connection, batch.tags)
            for name in _AS_THEY_ARE:
                connection.insert(name, getattr(batch, name), staged=staged)
            _write_calls(connection, batch, keys, staged)
            jobs = [
                (execution, number, job[0], keys[job[1]], *job[2:])
                for (execution, number), job in batch.jobs.items()
            ]
            connection.insert("jobs", jobs)
            for name in _RARE:
                if rows := getattr(batch, name):
                    connection.insert(name, rows)
            self._marks.spare(connection, batch)
        # Only now: had the transaction failed, the keys might become another task's.
        self._task_keys = keys
        if staged and self._flood is not None:
            self._flood.hold_back(batch.releases)
        return True

    def _store_large(self, batch: Batch) -> tuple[list[Any], list[Stored]]:
        if self._signer is None:
            return self._storing.divide(batch.values)
        return self._storing.divide(
            signed(self._signer, batch.values), lambda row: self._is_other(row, batch)
        )

    def _kind(self, insert: str) -> str:
        return insert if self._signer is None else f"signed_{insert}"

    def _is_other(self, row: Any, batch: Batch) -> bool:
        """Tell whether a payload that the value store may have is not known to be the one that was signed."""
        if (row[0],) in batch.unreadable:
            return True
        with self._session.lock:
            found = self._session.connection.execute(_SIGNATURE, (row[0],)).fetchone()
        return found is None or found[0] != row[7]

    def _write_tasks(self, connection: Connection, batch: Batch) -> dict[bytes, int]:
        """Write the task versions that are new; return the keys of all that the batch names."""
        keys = self._task_keys
        connection.insert("tasks", [row for row in batch.tasks if row[0] not in keys])
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


def _write_calls(connection: Connection, batch: Batch, keys: dict[bytes, int], staged: bool) -> None:
    leaves, others = [], []
    now = time.time_ns() // 1000
    for call, task, key, value, task_set, failed in batch.call_nodes:
        if task_set is None:
            leaves.append((call, keys[task], key, value, failed))
        else:
            others.append((call, keys[task], key, value, task_set, failed, now))
    connection.insert("leaf_calls", leaves, staged=staged)
    connection.insert("calls", others, staged=staged)


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
