"""Executions and jobs that fit conditions, newest execution first, found one page after the other.

Floor: recorder. Whoever takes the first few pays for these alone. What few records fit is looked up in an index first;
the rest is checked on the way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import attrs
from redun.recorder import reader_filter_sql as sql
from redun.recorder.batch import ExecutionStatus, JobStatus
from redun.recorder.ids import EXECUTION_BYTES, job_tag_id
from redun.recorder.reader_conditions import Condition, job_conditions, task_keys
from redun.recorder.reader_places import few_places
from redun.recorder.reader_records import ExecutionRecord, JobRecord
from redun.recorder.reader_rows import execution_of, job_of
from redun.recorder.reader_tagged import few_tagged, having_tags

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["Filter", "filtered_executions", "filtered_jobs", "jobs_by_execution"]

_PAGE = 200
_EVER = 2**62
_newest_first = attrgetter("started", "key")
_STATES = (ExecutionStatus.DONE, ExecutionStatus.RUNNING, ExecutionStatus.CRASHED)


def _states(found: Collection[Any]) -> frozenset[Any]:
    return frozenset(found)


def _several(found: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(found)


@attrs.frozen(kw_only=True)
class Filter:
    """What executions and jobs must be like; what is left out does not matter.

    Attributes
    ----------
    executions : collection of int, optional
        Keys of executions.
    execution_status : collection of ExecutionStatus
        One of these.
    user, project : str, optional
        As the execution is tagged.
    execution_tags : sequence of (str, value)
        The execution has all of them; `redun.tags.ANY_VALUE` stands for any value of a key.
    tags : sequence of (str, value)
        What is listed, execution or job, has all of them.
    since, until : int, optional
        What is listed started at or after the one and before the other; microseconds since the epoch.
    tasks : sequence of str
        Names of tasks, full or bare.
    task_hashes : sequence of str
        Hashes of task versions, or how they begin. Either these or `tasks` will do.
    status : collection of JobStatus
        One of these. This and all that follow, tasks too, are about jobs: an execution must have one that fits.
    executor : str, optional
    result, argument : bytes, optional
        The hash of a value.
    """

    executions: Collection[int] | None = None
    execution_status: Collection[ExecutionStatus] = attrs.field(default=(), converter=_states)
    user: str | None = None
    project: str | None = None
    execution_tags: Sequence[tuple[str, Any]] = attrs.field(default=(), converter=_several)
    tags: Sequence[tuple[str, Any]] = attrs.field(default=(), converter=_several)
    since: int | None = None
    until: int | None = None
    tasks: Sequence[str] = attrs.field(default=(), converter=_several)
    task_hashes: Sequence[str] = attrs.field(default=(), converter=_several)
    status: Collection[JobStatus] = attrs.field(default=(), converter=_states)
    executor: str | None = None
    result: bytes | None = None
    argument: bytes | None = None

    @property
    def about_jobs(self) -> bool:
        """Whether it says what jobs must be like."""
        some = (self.tasks, self.task_hashes, self.status)
        return any(some) or any(one is not None for one in (self.executor, self.result, self.argument))


def filtered_executions(reader: Reader, wanted: Filter) -> Iterator[ExecutionRecord]:
    """Yield the executions that fit, newest first.

    Raises
    ------
    RecordNotFoundError
        No task has the name or hash that is asked for.
    """
    wanted = attrs.evolve(wanted, execution_tags=[*wanted.execution_tags, *wanted.tags], tags=())
    found = _executions(reader, wanted, wanted.since, wanted.until)
    if not wanted.about_jobs:
        return found
    return _with_jobs(reader, found, wanted, task_keys(reader, wanted))


def filtered_jobs(reader: Reader, wanted: Filter) -> Iterator[JobRecord]:
    """Yield the jobs that fit: those of the newest execution first, and of one execution in the order they were made.

    Raises
    ------
    RecordNotFoundError
        No task has the name or hash that is asked for.
    """
    if (few := few_tagged(reader, "job", wanted.tags)) is not None:
        return _tagged_jobs(reader, few, wanted, task_keys(reader, wanted))
    if (places := few_places(reader, wanted.result, wanted.argument)) is not None:
        return _jobs_at(reader, places, wanted, task_keys(reader, wanted))
    return (
        job
        for execution, conditions in jobs_by_execution(reader, wanted)
        for job in _jobs_of(reader, execution, conditions, wanted)
    )


def jobs_by_execution(reader: Reader, wanted: Filter) -> Iterator[tuple[ExecutionRecord, list[Condition]]]:
    """Yield executions that may have jobs that fit, with conditions of which these jobs meet just one.

    Tags of jobs are left to the caller.
    """
    tasks = task_keys(reader, wanted)
    # A job starts after its execution, and an execution that ended before had its last job before.
    found = _executions(reader, wanted, None, wanted.until)
    if wanted.since is not None:
        since = wanted.since
        found = (one for one in found if (one.ended or one.heartbeat) >= since)
    if tasks is not None or wanted.status:
        # Most executions have none: they are passed over many at a time.
        indexed = attrs.evolve(wanted, executor=None, result=None, argument=None)
        if all(one.indexed for state in _STATES for one in job_conditions(indexed, tasks, state)):
            found = _with_jobs(reader, found, indexed, tasks)
    return (
        (execution, [_timed(one, wanted) for one in job_conditions(wanted, tasks, execution.status)])
        for execution in found
    )


def _executions(
    reader: Reader, wanted: Filter, since: int | None, until: int | None
) -> Iterator[ExecutionRecord]:
    tags = list(wanted.execution_tags)
    tags += [
        (key, value)
        for key, value in (("user", wanted.user), ("project", wanted.project))
        if value is not None
    ]
    for page in _pages(reader, wanted, few_tagged(reader, "execution", tags), since, until):
        page = [one for one in page if not wanted.execution_status or one.status in wanted.execution_status]
        if tags and page:
            ids = having_tags(reader, "execution", [one.id for one in page], tags)
            page = [one for one in page if one.id in ids]
        yield from page


def _pages(
    reader: Reader, wanted: Filter, few: set[bytes] | None, since: int | None, until: int | None
) -> Iterator[list[ExecutionRecord]]:
    """Yield executions newest first: those named, those with a rare tag, or else all of a time."""
    first, last = (-_EVER if since is None else since), (_EVER if until is None else until)
    if wanted.executions is None and few is None:
        key = 0
        while rows := reader.database.rows(sql.EXECUTIONS_BEFORE, last, key, first, _PAGE):
            page = [execution_of(row) for row in rows]
            yield page
            last, key = page[-1].started, page[-1].key
        return
    if wanted.executions is not None:
        rows = list(reader.database.many(sql.EXECUTIONS_BY_KEYS, wanted.executions))
    else:
        rows = list(reader.database.many(sql.EXECUTIONS_BY_IDS, few or ()))
    found = [execution_of(row) for row in rows]
    yield sorted((one for one in found if first <= one.started < last), key=_newest_first, reverse=True)


def _with_jobs(
    reader: Reader, found: Iterator[ExecutionRecord], wanted: Filter, tasks: list[int] | None
) -> Iterator[ExecutionRecord]:
    """Yield those executions that have a job that fits."""
    while page := list(islice(found, _PAGE)):
        fitting: set[int] = set()
        by_state: dict[ExecutionStatus, list[int]] = {}
        for execution in page:
            by_state.setdefault(execution.status, []).append(execution.key)
        for state, keys in by_state.items():
            for text, parameters, _ in job_conditions(wanted, tasks, state):
                rest = [key for key in keys if key not in fitting]
                question = sql.executions_with_job(text)
                fitting.update(key for (key,) in reader.database.many(question, rest, *parameters))
        yield from (execution for execution in page if execution.key in fitting)


def _jobs_of(
    reader: Reader, execution: ExecutionRecord, conditions: list[Condition], wanted: Filter
) -> Iterator[JobRecord]:
    """Return the jobs of an execution that fit, in the order of their numbers."""
    ways = [_stream(reader, execution.key, condition) for condition in conditions]
    jobs = ways[0] if len(ways) == 1 else merge(*ways, key=attrgetter("number"))
    return _tagged(reader, jobs, wanted)


def _stream(reader: Reader, execution: int, condition: Condition) -> Iterator[JobRecord]:
    question, after = sql.jobs_if(condition.text), -1
    while rows := reader.database.rows(question, execution, after, *condition.parameters, _PAGE):
        yield from map(job_of, rows)
        after = rows[-1][2]


def _tagged(reader: Reader, jobs: Iterator[JobRecord], wanted: Filter) -> Iterator[JobRecord]:
    if not wanted.tags:
        yield from jobs
        return
    while page := list(islice(jobs, _PAGE)):
        ids = {job_tag_id(job.execution_id, job.number): job for job in page}
        having = having_tags(reader, "job", ids, wanted.tags)
        yield from (job for identity, job in ids.items() if identity in having)


def _tagged_jobs(
    reader: Reader, few: set[bytes], wanted: Filter, tasks: list[int] | None
) -> Iterator[JobRecord]:
    """Yield the jobs that have a rare tag and fit."""
    numbers: dict[bytes, set[int]] = {}
    for identity in having_tags(reader, "job", few, wanted.tags):
        number = int.from_bytes(identity[EXECUTION_BYTES:], "big")
        numbers.setdefault(identity[:EXECUTION_BYTES], set()).add(number)
    rows = reader.database.many(sql.EXECUTIONS_BY_IDS, numbers)
    return _jobs_at(reader, {row[0]: numbers[row[1]] for row in rows}, wanted, tasks)


def _jobs_at(
    reader: Reader, places: Mapping[int, Collection[int]], wanted: Filter, tasks: list[int] | None
) -> Iterator[JobRecord]:
    """Yield those jobs, of each execution by number, that fit."""
    keys = set(places) if wanted.executions is None else set(places).intersection(wanted.executions)
    for execution in _executions(reader, attrs.evolve(wanted, executions=keys), None, None):
        conditions = [_timed(one, wanted) for one in job_conditions(wanted, tasks, execution.status)]
        for number in sorted(places[execution.key]):
            for text, parameters, _ in conditions:
                rows = reader.database.rows(sql.job_if(text), execution.key, number, *parameters)
                yield from _tagged(reader, map(job_of, rows), wanted)


def _timed(condition: Condition, wanted: Filter) -> Condition:
    text, values, indexed = condition
    for more, moment in ((sql.SINCE, wanted.since), (sql.UNTIL, wanted.until)):
        if moment is not None:
            text, values = text + more, (*values, moment)
    return Condition(text, values, indexed)
