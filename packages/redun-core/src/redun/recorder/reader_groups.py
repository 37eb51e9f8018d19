"""The jobs of an execution by who called them, task and state: what a folded tree and a table of states are made of.

Floor: recorder. All of it is read off the index `ix_job_tree`: an execution of a million jobs mostly has few groups.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import attrs
from redun.recorder import reader_sql as sql
from redun.recorder.batch import ExecutionStatus, JobStatus
from redun.recorder.reader_records import ExecutionRecord, JobRecord, TaskStatus
from redun.recorder.reader_rows import job_of, job_status_of, task_of

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["JobGroup", "JobGroups", "status_counts"]

_MOST_GROUPS = 100_000
_FEW_JOBS = 5_000


@attrs.frozen
class JobGroup:
    """Jobs of one task, called by some jobs.

    Attributes
    ----------
    task_key : int
    task : str
    counts : dict
        How many are in each state.
    """

    task_key: int
    task: str
    counts: dict[JobStatus, int]

    @property
    def total(self) -> int:
        """Number of jobs in any state."""
        return sum(self.counts.values())


class JobGroups:
    """Answers which jobs some jobs called.

    Parameters
    ----------
    reader : Reader
    execution : ExecutionRecord

    Attributes
    ----------
    whole : bool
        Every group is known. Otherwise there are too many: what a single job called can be asked, but not what all
        jobs of a large group did.
    """

    def __init__(self, reader: Reader, execution: ExecutionRecord) -> None:
        self.reader = reader
        self.execution = execution
        rows = reader.database.rows(sql.JOB_GROUPS, execution.key, _MOST_GROUPS + 1)
        self.whole = len(rows) <= _MOST_GROUPS
        self._below: dict[int | None, list[tuple[int, int, int]]] = {}
        self._callers: dict[tuple[int, int], list[int]] = {}
        self._names: dict[int, str] = {}
        if self.whole:
            for parent, *group in rows:
                self._below.setdefault(parent, []).append(tuple(group))
            self._place_callers()

    def table(self) -> list[TaskStatus]:
        """Return how many jobs of each task are in each state, ordered by the task's name."""
        if not self.whole:
            return status_counts(self.reader, self.execution)
        groups = (group for below in self._below.values() for group in below)
        return _table(self.reader, self.execution.status, groups)

    def called_by(self, parents: Collection[int]) -> list[JobGroup]:
        """Return the jobs that these called, by task, in the order in which the first called them."""
        counts: dict[int, dict[JobStatus, int]] = {}
        first: dict[int, tuple[int, int]] = {}
        for parent in sorted(parents):
            for task, code, number in self._groups(parent):
                status = job_status_of(code, self.execution.status)
                states = counts.setdefault(task, {})
                states[status] = states.get(status, 0) + number
                first.setdefault(task, (parent, task))
        names = self._task_names(counts)
        order = sorted(counts, key=lambda task: (first[task][0], self._first(*first[task])))
        return [JobGroup(task, names[task], counts[task]) for task in order]

    def callers(self, parents: Collection[int], task: int) -> list[int] | None:
        """Return those jobs of a task, called by these, that called others; None if that cannot be told."""
        if self.whole:
            return [number for parent in parents for number in self._callers.get((parent, task), ())]
        if len(parents) > 1:
            return None
        numbers = self.numbers(next(iter(parents), 0), task, _FEW_JOBS + 1)
        return numbers if len(numbers) <= _FEW_JOBS else None

    def numbers(self, parent: int, task: int, limit: int) -> list[int]:
        """Return the numbers of the jobs of a task that a job called."""
        rows = self.reader.database.rows(sql.NUMBERS_BELOW, self.execution.key, parent, task, limit)
        return sorted(number for (number,) in rows)

    def roots(self) -> list[int]:
        """Return the numbers of the jobs that no job called: one, unless the execution has none yet."""
        return [number for (number,) in self.reader.database.rows(sql.ROOTS, self.execution.key)]

    def jobs(self, numbers: Iterable[int]) -> dict[int, JobRecord]:
        """Return jobs by number."""
        rows = self.reader.database.many(sql.JOBS_BY_NUMBER, numbers, self.execution.key)
        return {row[2]: job_of(row) for row in rows}

    def failed(self, limit: int) -> list[JobRecord]:
        """Return the first jobs that failed."""
        code = int(JobStatus.FAILED)
        return [
            job_of(row) for row in self.reader.database.rows(sql.JOBS_ENDED, code, self.execution.key, limit)
        ]

    def _groups(self, parent: int) -> list[tuple[int, int, int]]:
        if not self.whole and parent not in self._below:
            rows = self.reader.database.rows(sql.GROUPS_BELOW, self.execution.key, parent)
            self._below[parent] = [tuple(row) for row in rows]
        return self._below.get(parent, [])

    def _first(self, parent: int, task: int) -> int:
        rows = self.reader.database.rows(sql.FIRST_BELOW, self.execution.key, parent, task)
        return min((number for (number,) in rows), default=0)

    def _place_callers(self) -> None:
        numbers = [parent for parent in self._below if parent is not None]
        for number, parent, task in self.reader.database.many(sql.PLACES, numbers, self.execution.key):
            if parent is not None:
                self._callers.setdefault((parent, task), []).append(number)

    def _task_names(self, keys: Iterable[int]) -> dict[int, str]:
        missing = [key for key in keys if key not in self._names]
        for row in self.reader.database.many(sql.TASKS_BY_KEY, missing):
            self._names[row[0]] = task_of(row).fullname
        return self._names


def status_counts(reader: Reader, execution: ExecutionRecord) -> list[TaskStatus]:
    """Return how many jobs of each task of an execution are in each state, ordered by the task's name."""
    return _table(reader, execution.status, reader.database.rows(sql.STATUS_COUNTS, execution.key))


def _table(
    reader: Reader, execution: ExecutionStatus, groups: Iterable[tuple[int, int, int]]
) -> list[TaskStatus]:
    by_key: dict[int, dict[JobStatus, int]] = {}
    for task, code, number in groups:
        counts = by_key.setdefault(task, {})
        state = job_status_of(code, execution)
        counts[state] = counts.get(state, 0) + number
    table: dict[str, dict[JobStatus, int]] = {}
    for row in reader.database.many(sql.TASKS_BY_KEY, sorted(by_key)):
        counts = table.setdefault(task_of(row).fullname, {})
        for state, number in by_key[row[0]].items():
            counts[state] = counts.get(state, 0) + number
    return [TaskStatus(name, table[name]) for name in sorted(table)]
