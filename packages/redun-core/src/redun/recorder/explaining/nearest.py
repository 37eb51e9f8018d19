"""The nearest earlier call of a task: with which a call is compared.

Floor: recorder. It is looked for in one earlier execution: the newest that began with the same task and called this
one, else the newest that called this one. There it is the call with the same key or the same arguments, else the one at
the same place in the tree of jobs, else the one that shares most arguments. A call that the later execution makes as
well is none: it did not become this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs
from redun.hashing.keys import call_hash
from redun.recorder import reader_sql
from redun.recorder.batch import JobStatus
from redun.recorder.explaining import sql
from redun.recorder.explaining.records import Match
from redun.recorder.explaining.subject import (
    DEEPEST,
    MOST_SIBLINGS,
    NOWHERE,
    Place,
    Subject,
    key_with,
    left_out,
)
from redun.recorder.reader_rows import job_of, task_of

if TYPE_CHECKING:
    from redun.recorder.reader import Reader
    from redun.recorder.reader_records import ArgumentRecord, JobRecord, TaskRecord

__all__ = ["Nearest", "Search"]

_VERSIONS = 200
_LINEAGE_STEPS = 30
_SHARING = 200
_OF_ARGUMENT = 40


@attrs.frozen
class Nearest:
    """An earlier call."""

    job: JobRecord
    match: Match
    arguments: tuple[ArgumentRecord, ...]
    left_out: frozenset[str]


class Search:
    """Looks for earlier calls; what it learns of tasks and trees serves all calls of one explanation.

    Parameters
    ----------
    reader : Reader
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._versions: dict[str, dict[int, TaskRecord]] = {}
        self._children: dict[tuple[int, int | None, int], list[int]] = {}
        self._executions: dict[tuple[str, str, int], int | None] = {}
        self._roots: dict[int, str] = {}
        self._places: dict[tuple[int, Place], JobRecord | None] = {}

    def versions(self, task: str) -> dict[int, TaskRecord]:
        """Return the versions of a task by their key, newest first."""
        known = self._versions.get(task)
        if known is None:
            rows = self.reader.database.rows(reader_sql.TASKS_BY_NAME, task.rpartition(".")[2], _VERSIONS)
            named = {row[0]: task_of(row) for row in rows}
            known = self._versions[task] = {
                key: version for key, version in named.items() if version.fullname == task
            }
        return known

    def earlier_execution(self, task: str, root: str, before: int) -> int | None:
        """Return the key of the earlier execution in which to look; None if none called the task."""
        asked = task, root, before
        if asked not in self._executions:
            self._executions[asked] = self._earlier_execution(*asked)
        return self._executions[asked]

    def _earlier_execution(self, task: str, root: str, before: int) -> int | None:
        newest = None
        for _ in range(_LINEAGE_STEPS):
            found = [
                row[0]
                for version in self.versions(task)
                for row in self.reader.database.rows(sql.LAST_EXECUTION_OF_TASK, version, before)
                if row[0] is not None
            ]
            if not found:
                break
            before = max(found)
            newest = before if newest is None else newest
            if self._root(before) == root:
                return before
        return newest

    def _root(self, execution: int) -> str:
        if execution not in self._roots:
            self._roots.update(self.reader.database.many(sql.ROOT_TASKS, [execution]))
        return self._roots[execution]

    def nearest(self, subject: Subject) -> Nearest | None:
        """Return the nearest earlier call; None if there is none like it."""
        execution = self.earlier_execution(subject.task, subject.root, subject.before)
        if execution is None:
            return None
        there = self._versions_in(subject.task, execution)
        same = self._same_arguments(subject, execution, there)
        if same is not None:
            return same
        for found, match in self._candidates(subject, execution, there):
            earlier = self._described(found, match)
            now = key_with(subject.version.hash, earlier.arguments, subject.left_out)
            if now == subject.key or not subject.still_made(now):
                return earlier
        return None

    def _versions_in(self, task: str, execution: int) -> dict[int, TaskRecord]:
        return {
            key: version
            for key, version in self.versions(task).items()
            if self.reader.database.rows(sql.LAST_EXECUTION_OF_TASK, key, execution + 1)[0][0] == execution
        }

    def _same_arguments(
        self, subject: Subject, execution: int, there: dict[int, TaskRecord]
    ) -> Nearest | None:
        for key, version in there.items():
            wanted = key_with(version.hash, subject.arguments, subject.left_out)
            job = self.job_with(wanted, execution)
            if job is None and len(subject.arguments) == len(subject.left_out):
                # Without arguments all calls of a version are the same one, also those without a result.
                rows = self.reader.database.rows(sql.JOBS_OF_TASK_IN, key, execution, 1)
                job = next((found for found in map(job_of, rows) if found.eval_hash == wanted), None)
            if job is not None:
                match = Match.KEY if wanted == subject.key else Match.ARGUMENTS
                return self._described(job, match)
        return None

    def _described(self, job: JobRecord, match: Match) -> Nearest:
        arguments = self.reader.arguments([job.eval_hash]).get(job.eval_hash, ())
        without = left_out(job.task_hash, arguments, job.eval_hash)
        return Nearest(job, match, arguments, without or frozenset())

    def job_with(self, key: bytes, execution: int) -> JobRecord | None:
        """Return the job of an execution that came to a result under a key."""
        for call in self.calls_with(key):
            rows = self.reader.database.rows(sql.JOB_OF_CALL_IN, call, execution)
            if rows:
                return job_of(rows[0])
        return None

    def calls_with(self, key: bytes) -> list[bytes]:
        """Return the hashes of the recorded calls with a key."""
        result = self.reader.reduction(key)
        leaf = None if result is None else call_hash(key, result)
        return [call.hash for call in self.reader.calls_of_evaluation(key, leaf_hash=leaf)]

    def _candidates(
        self, subject: Subject, execution: int, there: dict[int, TaskRecord]
    ) -> Iterator[tuple[JobRecord, Match]]:
        at_place = self._at(subject.place(), execution)
        if at_place is not None and at_place.task == subject.task:
            yield at_place, Match.PLACE
        for job in self._sharing(subject, execution, there):
            yield job, Match.SHARED

    # -- by place

    def place_of(self, job: JobRecord) -> Place:
        """Return where a job stands in its tree."""
        path = [*self.reader.ancestors(job), job]
        if len(path) > DEEPEST:
            return NOWHERE
        steps: list[tuple[str, int]] = []
        for step in path:
            siblings = self._siblings(step.execution_key, step.parent, step.task)
            if siblings is None or step.number not in siblings:
                return NOWHERE
            steps.append((step.task, siblings.index(step.number)))
        return tuple(steps)

    def _at(self, place: Place, execution: int) -> JobRecord | None:
        if not place:
            return None
        if (execution, place) in self._places:
            return self._places[execution, place]
        above = self._at(place[:-1], execution) if len(place) > 1 else None
        found = None
        if above is not None or len(place) == 1:
            task, ordinal = place[-1]
            siblings = self._siblings(execution, None if above is None else above.number, task)
            if siblings is not None and ordinal < len(siblings):
                found = self.reader.job(execution, siblings[ordinal])
        self._places[execution, place] = found
        return found

    def _siblings(self, execution: int, parent: int | None, task: str) -> list[int] | None:
        """Return the numbers of the jobs of a task below a job; None if there are too many to tell them apart so."""
        numbers: list[int] = []
        for key in self.versions(task):
            asked = execution, parent, key
            if asked not in self._children:
                if parent is None:
                    rows = self.reader.database.rows(sql.ROOTS, execution, key, MOST_SIBLINGS + 1)
                else:
                    rows = self.reader.database.rows(
                        sql.CHILDREN_OF_TASK, execution, parent, key, MOST_SIBLINGS + 1
                    )
                self._children[asked] = [number for (number,) in rows]
            numbers += self._children[asked]
        return sorted(numbers) if len(numbers) <= MOST_SIBLINGS else None

    # -- by arguments

    def _sharing(self, subject: Subject, execution: int, there: dict[int, TaskRecord]) -> Iterator[JobRecord]:
        counts: dict[bytes, int] = {}
        for argument in subject.arguments:
            for key, position in self.reader.arguments_of_value(argument.value.hash, _SHARING):
                if position == argument.position and key != subject.key:
                    counts[key] = counts.get(key, 0) + 1
        nearest = sorted(counts, key=lambda key: (-counts[key], key))[:_OF_ARGUMENT]
        given = self.reader.arguments(nearest)
        hashes = {version.hash for version in there.values()}
        for key in nearest:
            arguments = given.get(key, ())
            if any(key_with(hash_, arguments, subject.left_out) == key for hash_ in hashes):
                job = self.job_with(key, execution)
                if job is not None and job.status is not JobStatus.RUNNING:
                    yield job
