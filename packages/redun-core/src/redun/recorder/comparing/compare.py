"""The comparison of two executions, put together.

Floor: recorder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from redun.recorder import reader_sql
from redun.recorder.batch import JobStatus
from redun.recorder.comparing import sql
from redun.recorder.comparing.jobs import Jobs
from redun.recorder.comparing.matching import NONE, Matching
from redun.recorder.comparing.records import (
    Change,
    ChangedExecution,
    Difference,
    TaskDifference,
    VersionChange,
)
from redun.recorder.explaining.arguments import compare_values
from redun.recorder.explaining.code import compare_versions, versions
from redun.recorder.explaining.contents import Contents
from redun.recorder.explaining.records import Cause
from redun.recorder.reader_rows import job_of

if TYPE_CHECKING:
    from redun.recorder.reader import Reader
    from redun.recorder.reader_records import ExecutionRecord, JobRecord, TaskRecord, ValueRecord

__all__ = ["Comparison"]

_CHUNK = 500
_LEAST_TIME = 1_000_000
_LEAST_SHARE = 0.5

_Pair = tuple[int | None, int | None, tuple[Change, ...]]


class Comparison:
    """Compares two executions.

    Parameters
    ----------
    reader : Reader
    old, new : ExecutionRecord
    """

    def __init__(self, reader: Reader, old: ExecutionRecord, new: ExecutionRecord) -> None:
        self.reader = reader
        self.old, self.new = old, new
        known: dict[bytes, bytes] = {}
        self._old, self._new = Jobs(reader, old, known), Jobs(reader, new, known)
        known.clear()
        self._matching = Matching(reader, self._old, self._new)
        self._results = self._read_results()
        self._contents = Contents(reader)
        # As places in a short list: there are few combinations and many jobs.
        self._combinations: list[tuple[Change, ...]] = []
        self._changed = self._find_changes()

    def executions(self) -> list[ChangedExecution]:
        """List what differs in the executions themselves: arguments of the root, command, states, versions, tags."""
        found = [
            ChangedExecution(name, old, new)
            for name, old, new in (
                ("command", " ".join(self.old.argv), " ".join(self.new.argv)),
                ("task", self.old.task, self.new.task),
                ("status", self.old.status.name, self.new.status.name),
                ("error", self.old.error, self.new.error),
                ("redun", self.old.version, self.new.version),
                ("host", self.old.host, self.new.host),
            )
            if old != new
        ]
        return found + self._tags()

    def _tags(self) -> list[ChangedExecution]:
        tags = self.reader.tags("execution", [self.old.id, self.new.id])
        before, after = tags.get(self.old.id, {}), tags.get(self.new.id, {})
        return [
            ChangedExecution(f"tag {key}", _tag_text(before.get(key)), _tag_text(after.get(key)))
            for key in sorted({*before, *after})
            if before.get(key) != after.get(key)
        ]

    def task_names(self) -> list[str]:
        """Return the full names of all tasks that either execution called."""
        return sorted({*self._old.names, *self._new.names})

    def root_inputs(self) -> tuple[Cause, ...]:
        """Return what differs in the arguments of the first jobs, if they are of one task."""
        if not len(self._old) or not len(self._new) or self._old.names[0] != self._new.names[0]:
            return ()
        return self._inputs(self._old.keys[0], self._new.keys[0], self._given([0], [0]))

    def versions(self) -> list[VersionChange]:
        """List the tasks of both executions whose code differs, with the causes."""
        before, after = _by_name(self._old), _by_name(self._new)
        changed = [
            (before[name], after[name])
            for name in sorted(before.keys() & after.keys())
            if before[name].hash != after[name].hash
        ]
        read = versions(self.reader, [task for pair in changed for task in pair])
        return [
            VersionChange(
                old.fullname,
                old.hash.hex(),
                new.hash.hex(),
                tuple(compare_versions(read[old.hash], read[new.hash])),
            )
            for old, new in changed
        ]

    def tasks(self) -> list[TaskDifference]:
        """Count the jobs of each task by what differs, those with most differences first."""
        counts: dict[str, dict[Change, int]] = {}
        same: dict[str, int] = {}
        for old, new, changes in self._all():
            name = self._name(old, new)
            if not changes:
                same[name] = same.get(name, 0) + 1
            kinds = counts.setdefault(name, {})
            for change in changes:
                kinds[change] = kinds.get(change, 0) + 1
        before, after = _sums(self._old), _sums(self._new)
        none = (0, 0, 0)
        found = [
            TaskDifference(
                name,
                before.get(name, none)[0],
                after.get(name, none)[0],
                dict(sorted(kinds.items(), key=lambda item: list(Change).index(item[0]))),
                same.get(name, 0),
                (before.get(name, none)[1], after.get(name, none)[1]),
                (before.get(name, none)[2], after.get(name, none)[2]),
            )
            for name, kinds in counts.items()
        ]
        return sorted(found, key=lambda task: (-sum(task.counts.values()), task.task))

    def differences(self, task: str | None = None, limit: int | None = None) -> Iterator[Difference]:
        """Yield the jobs that differ, in the order of the second execution; those that were removed come last.

        Parameters
        ----------
        task : str, optional
            Only those of a task, by its full name.
        limit : int, optional
            At most so many for each task and kind of difference.
        """
        differing = (pair for pair in self._all() if pair[2] and task in (None, self._name(pair[0], pair[1])))
        for chunk in _chunks(self._limited(differing, limit)):
            yield from self._described(chunk)

    def _limited(self, pairs: Iterable[_Pair], limit: int | None) -> Iterator[_Pair]:
        shown: dict[tuple[str, tuple[Change, ...]], int] = {}
        for pair in pairs:
            group = self._name(pair[0], pair[1]), pair[2]
            number = shown[group] = shown.get(group, 0) + 1
            if limit is None or number <= limit:
                yield pair

    def _name(self, old: int | None, new: int | None) -> str:
        return self._new.names[new] if new is not None else self._old.names[old or 0]

    def _all(self) -> Iterator[_Pair]:
        """Yield all pairs, and what is in one execution alone, with what differs."""
        for new, old in enumerate(self._matching.old_of_new):
            if old == NONE:
                yield None, new, (Change.ADDED,)
            else:
                yield old, new, self._combinations[self._changed[new]]
        for old, new in enumerate(self._matching.new_of_old):
            if new == NONE:
                yield old, None, (Change.REMOVED,)

    def _find_changes(self) -> bytearray:
        places: dict[tuple[Change, ...], int] = {}
        found = bytearray(len(self._new))
        for new, old in enumerate(self._matching.old_of_new):
            if old != NONE:
                found[new] = places.setdefault(self._changes(old, new), len(places))
        self._combinations = list(places)
        return found

    def _changes(self, old: int, new: int) -> tuple[Change, ...]:
        before, after = self._old, self._new
        changes: list[Change] = []
        code = before.versions[before.tasks[old]].hash != after.versions[after.tasks[new]].hash
        if code:
            changes.append(Change.CODE)
        if before.keys[old] != after.keys[new] and (not code or self._matching.other_arguments(old, new)):
            changes.append(Change.INPUTS)
        if before.calls[old] != after.calls[new]:
            results = self._results.get(before.calls[old]), self._results.get(after.calls[new])
            if None not in results and results[0] != results[1]:
                changes.append(Change.RESULT)
        states = before.status(old), after.status(new)
        ended = {JobStatus.DONE, JobStatus.CACHED}
        if states[0] is not states[1] and not ended.issuperset(states):
            changes.append(Change.STATUS)
        if _differ(before.durations[old], after.durations[new]):
            changes.append(Change.TIME)
        return tuple(changes)

    def _read_results(self) -> dict[bytes, bytes]:
        calls = {
            call
            for old, new in enumerate(self._matching.new_of_old)
            if new != NONE and self._old.calls[old] != self._new.calls[new]
            for call in (self._old.calls[old], self._new.calls[new])
            if call
        }
        return dict(self.reader.database.many(sql.RESULTS, sorted(calls)))

    # -- what is shown of a job

    def _described(self, chunk: list[_Pair]) -> Iterator[Difference]:
        old = self._records(self._old, [pair[0] for pair in chunk if pair[0] is not None])
        new = self._records(self._new, [pair[1] for pair in chunk if pair[1] is not None])
        moved = [pair for pair in chunk if Change.INPUTS in pair[2]]
        given = self._given([pair[0] for pair in moved], [pair[1] for pair in moved])
        previews = self._previews(chunk)
        for before, after, changes in chunk:
            inputs: tuple[Cause, ...] = ()
            results: tuple[str | None, str | None] = (None, None)
            if before is not None and after is not None:
                if Change.INPUTS in changes:
                    inputs = self._inputs(self._old.keys[before], self._new.keys[after], given)
                if Change.RESULT in changes:
                    results = previews[self._old.calls[before]], previews[self._new.calls[after]]
            yield Difference(
                self._name(before, after),
                None if before is None else old[before],
                None if after is None else new[after],
                changes,
                inputs,
                results,
            )

    def _records(self, jobs: Jobs, indexes: list[int]) -> dict[int, JobRecord]:
        numbers = {jobs.numbers[index]: index for index in indexes}
        rows = self.reader.database.many(reader_sql.JOBS_BY_NUMBER, numbers, jobs.execution.key)
        return {numbers[job.number]: job for job in map(job_of, rows)}

    def _given(
        self, old: Iterable[int | None], new: Iterable[int | None]
    ) -> Mapping[bytes, Mapping[str, ValueRecord]]:
        keys = [self._old.keys[index] for index in old if index is not None]
        keys += [self._new.keys[index] for index in new if index is not None]
        return {
            key: {argument.name: argument.value for argument in arguments}
            for key, arguments in self.reader.arguments(keys).items()
        }

    def _inputs(
        self, old: bytes, new: bytes, given: Mapping[bytes, Mapping[str, ValueRecord]]
    ) -> tuple[Cause, ...]:
        before, after = given.get(old, {}), given.get(new, {})
        return tuple(
            cause
            for name in dict.fromkeys((*before, *after))
            for cause in compare_values(self._contents, name, before.get(name), after.get(name))
        )

    def _previews(self, chunk: list[_Pair]) -> dict[bytes, str | None]:
        calls = [
            call
            for before, after, changes in chunk
            if Change.RESULT in changes and before is not None and after is not None
            for call in (self._old.calls[before], self._new.calls[after])
        ]
        values = self.reader.values(self._results[call] for call in calls)
        return {
            call: None if (value := values.get(self._results[call])) is None else value.preview
            for call in calls
        }


def _differ(old: int, new: int) -> bool:
    """Tell whether a job took so much longer or shorter that it means something."""
    if old < 0 or new < 0:
        return False
    return abs(old - new) >= max(_LEAST_TIME, _LEAST_SHARE * min(old, new))


def _by_name(jobs: Jobs) -> dict[str, TaskRecord]:
    """Return the version of each task that was called last."""
    return {jobs.versions[key].fullname: jobs.versions[key] for key in dict.fromkeys(jobs.tasks)}


def _sums(jobs: Jobs) -> dict[str, tuple[int, int, int]]:
    """Return, for each task: its jobs, how many of them ran, and for how long."""
    found: dict[str, tuple[int, int, int]] = {}
    for index, name in enumerate(jobs.names):
        count, ran, took = found.get(name, (0, 0, 0))
        runs = jobs.statuses[index] != JobStatus.CACHED
        found[name] = count + 1, ran + runs, took + max(0, jobs.durations[index])
    return found


def _tag_text(values: list[Any] | None) -> str | None:
    if values is None:
        return None
    return ", ".join(value if isinstance(value, str) else json.dumps(value) for value in values)


def _chunks(pairs: Iterable[_Pair]) -> Iterator[list[_Pair]]:
    iterator = iter(pairs)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
