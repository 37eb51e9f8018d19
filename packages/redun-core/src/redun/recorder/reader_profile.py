"""An execution as a whole: all of its jobs as columns, and what can be said of them by task.

Floor: recorder. A report looks at every job once. Columns of numbers keep a million of them in tens of megabytes, and
everything is fetched in pieces.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

import attrs
from redun.recorder import reader_profile_sql as profile_sql
from redun.recorder import reader_sql as sql
from redun.recorder.batch import JobStatus, ValueFlag
from redun.recorder.ids import job_tag_id
from redun.recorder.reader_database import Row
from redun.recorder.reader_records import ExecutionRecord, TaskRecord
from redun.recorder.reader_rows import job_status_of, task_of

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["JobColumns", "calls_between_tasks", "external_results", "job_columns"]

_CHUNK = 5_000
_MOST_BELOW = 300_000
_LAST = 2**32 - 1
# A limit that no call reaches.
_ALL = 2**31
NONE = -1
"""Stands in a column of numbers for what is not known."""


@attrs.define
class JobColumns:
    """The jobs of an execution, in the order of their numbers.

    Attributes
    ----------
    numbers : array of int
    parents : array of int
        The parents' rows here, `NONE` for a root.
    tasks : array of int
        Rows of `versions`.
    statuses, reasons : bytearray
    executors : array of int
        Rows of `executor_names`.
    started, durations : array of int
        Microseconds; a job that did not end, or never began, has the duration `NONE`.
    saved : array of int
        What the call, and the calls below it that made no job here, took when they ran, of jobs that were replayed;
        0 for all others.
    saved_complete : bool
        Everything below replayed calls was counted; above a few hundred thousand calls it is not.
    memory : dict of int to int
        Peak bytes of the jobs, by row, whose executor measured it.
    versions : list of TaskRecord
    executor_names : list of str
        The empty name is that of the default executor.
    """

    numbers: array[int] = attrs.field(factory=lambda: array("q"))
    parents: array[int] = attrs.field(factory=lambda: array("q"))
    tasks: array[int] = attrs.field(factory=lambda: array("q"))
    statuses: bytearray = attrs.field(factory=bytearray)
    reasons: bytearray = attrs.field(factory=bytearray)
    executors: array[int] = attrs.field(factory=lambda: array("q"))
    started: array[int] = attrs.field(factory=lambda: array("q"))
    durations: array[int] = attrs.field(factory=lambda: array("q"))
    saved: array[int] = attrs.field(factory=lambda: array("q"))
    saved_complete: bool = True
    memory: dict[int, int] = attrs.field(factory=dict)
    versions: list[TaskRecord] = attrs.field(factory=list)
    executor_names: list[str] = attrs.field(factory=list)

    def __len__(self) -> int:
        return len(self.numbers)

    def row(self, number: int) -> int:
        """Return the row of a job, or `NONE`."""
        guess = number - 1
        if 0 <= guess < len(self.numbers) and self.numbers[guess] == number:
            return guess
        found = bisect_left(self.numbers, number)
        return found if found < len(self.numbers) and self.numbers[found] == number else NONE

    def task(self, row: int) -> str:
        """Return the full name of a job's task."""
        return self.versions[self.tasks[row]].fullname

    def status(self, row: int) -> JobStatus:
        """Return the state of a job."""
        return JobStatus(self.statuses[row])


def job_columns(reader: Reader, execution: ExecutionRecord) -> JobColumns:
    """Return all jobs of an execution."""
    columns = JobColumns()
    task_rows: dict[int, int] = {}
    executors: dict[str, int] = {}
    replayed: dict[bytes, int] = {}
    ran: dict[bytes, int] = {}
    for chunk in _chunks(reader, execution.key):
        for number, parent, task, status, reason, executor, started, duration, call_hash in chunk:
            row = len(columns.numbers)
            columns.parents.append(NONE if parent is None else columns.row(parent))
            columns.numbers.append(number)
            columns.tasks.append(task_rows.setdefault(task, len(task_rows)))
            columns.statuses.append(job_status_of(status, execution.status))
            columns.reasons.append(reason)
            columns.executors.append(executors.setdefault(executor or "", len(executors)))
            columns.started.append(started)
            columns.durations.append(NONE if duration is None else duration)
            if call_hash is not None:
                (replayed if status == JobStatus.CACHED else ran)[call_hash] = row
    versions = {row[0]: task_of(row) for row in reader.database.many(sql.TASKS_BY_KEY, task_rows)}
    columns.versions.extend(versions[key] for key in task_rows)
    columns.executor_names.extend(executors)
    columns.saved = array("q", bytes(8 * len(columns)))
    columns.saved_complete = _save(reader, columns.saved, replayed, ran)
    columns.memory.update(_memory(reader, execution, columns))
    return columns


def calls_between_tasks(reader: Reader, execution: ExecutionRecord) -> dict[tuple[str, str], int]:
    """Return how many calls the jobs of each task made to each task, by full names.

    What a call did that was replayed as a whole is left out: it made no job here.
    """
    rows = reader.database.rows(profile_sql.CALLS_BETWEEN_TASKS, execution.key, JobStatus.CACHED)
    keys = {key for caller, callee, _ in rows for key in (caller, callee)}
    names = {row[0]: task_of(row).fullname for row in reader.database.many(sql.TASKS_BY_KEY, keys)}
    counts: dict[tuple[str, str], int] = {}
    for caller, callee, count in rows:
        pair = names[caller], names[callee]
        counts[pair] = counts.get(pair, 0) + count
    return counts


def external_results(reader: Reader, execution: ExecutionRecord, last: int) -> Iterator[tuple[int, bytes]]:
    """Yield the numbers of jobs, up to `last`, with the files and other external values that their results are or hold.

    Those of a job that made others stand before those of the jobs that it made.
    """
    for first in range(0, last + 1, _CHUNK):
        numbers = (first, first + _CHUNK - 1)
        found = reader.database.rows(
            profile_sql.EXTERNAL_RESULTS, execution.key, *numbers, ValueFlag.EXTERNAL
        )
        found += reader.database.rows(profile_sql.EXTERNAL_PARTS, execution.key, *numbers)
        yield from sorted(found)


def _chunks(reader: Reader, key: int) -> Iterator[list[Row]]:
    after = -1
    while rows := reader.database.rows(profile_sql.JOB_ROWS, key, after, _CHUNK):
        yield rows
        after = rows[-1][0]


def _save(reader: Reader, saved: array[int], replayed: dict[bytes, int], ran: Collection[bytes]) -> bool:
    """Add up what was not run, each call once: at the replayed job above it. Tell whether that was all."""
    owners, level = dict(replayed), list(replayed)
    while level:
        for call_hash, duration in reader.database.many(profile_sql.RAN_FOR, level):
            saved[owners[call_hash]] += duration or 0
        if len(owners) > len(replayed) + _MOST_BELOW:
            return False
        below: list[bytes] = []
        for parent, child in reader.database.many(sql.EDGES, level, _ALL):
            if child not in owners and child not in ran:
                owners[child] = owners[parent]
                below.append(child)
        level = below
    return True


def _memory(reader: Reader, execution: ExecutionRecord, columns: JobColumns) -> Iterable[tuple[int, int]]:
    first, last = job_tag_id(execution.id, 0), job_tag_id(execution.id, _LAST)
    for identity, text in reader.database.rows(profile_sql.JOB_TAGS, first, last, "peak_memory"):
        row = columns.row(int.from_bytes(identity[len(execution.id) :], "big"))
        try:
            amount = json.loads(text)
        except ValueError:
            continue
        if row != NONE and isinstance(amount, int):
            yield row, max(amount, columns.memory.get(row, 0))
