"""Look at the record: executions, jobs, calls, tasks, values and files, without running anything of theirs.

Floor: recorder. Only metadata and previews are read, payloads are never unpickled, and no code of a workflow is
imported. Everything is found by a key or an index, so that the size of the record does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from redun.errors import RecordNotFoundError, RedunError
from redun.recorder import reader_sql as sql
from redun.recorder.batch import JobStatus
from redun.recorder.reader_database import Database, SQLiteDatabase
from redun.recorder.reader_records import (
    ArgumentRecord,
    CallRecord,
    ExecutionRecord,
    JobRecord,
    TaskRecord,
    TaskStatus,
    ValueRecord,
)
from redun.recorder.reader_rows import call_of, execution_of, job_of, task_of, value_of
from redun.tags import decode_tag_value

__all__ = ["ALL", "Reader", "open_reader"]

ALL = 2**62
"""A limit that no table reaches."""

# A value such as None or 1 is the result of very many calls: only this many are looked at.
_MANY = 200
# Beyond it, a search of one execution's edges takes longer than a person waits.
_SHARED_SEARCH_JOBS = 100_000
# What rows cause that redun did not write.
_UNEXPLAINED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def open_reader(location: str | Path) -> Reader:
    """Open a SQLite record for looking, by path or `sqlite:///` URL.

    Raises
    ------
    RecorderError
        There is no record, it is damaged, or another version wrote it.
    """
    return Reader(SQLiteDatabase(location))


class Reader:
    """Reads one record.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if isinstance(error, _UNEXPLAINED) and not isinstance(error, RedunError):
                # Rather than to check each row beforehand, which nobody needs.
                self.database.explain(error)
        finally:
            self.close()

    def close(self) -> None:
        """Disconnect."""
        self.database.close()

    def executions(self, limit: int = ALL, offset: int = 0) -> list[ExecutionRecord]:
        """Return executions, newest first."""
        return [execution_of(row) for row in self.database.rows(sql.EXECUTIONS, limit, offset)]

    def execution(self, key: int) -> ExecutionRecord:
        """Return an execution by its integer key."""
        rows = self.database.rows(sql.EXECUTION_BY_KEY, key)
        if not rows:
            raise RecordNotFoundError(f"no execution has the key {key}")
        return execution_of(rows[0])

    def execution_of_id(self, identity: bytes) -> ExecutionRecord:
        """Return an execution by its full id."""
        rows = self.database.rows(sql.EXECUTIONS_BY_ID, identity, identity, 1)
        if not rows:
            raise RecordNotFoundError(f"no execution has the id {identity.hex()}")
        return execution_of(rows[0])

    def executions_between(self, first: bytes, last: bytes, limit: int) -> list[ExecutionRecord]:
        """Return the executions whose ids lie in a range."""
        return [execution_of(row) for row in self.database.rows(sql.EXECUTIONS_BY_ID, first, last, limit)]

    def status_table(self, execution_key: int) -> list[TaskStatus]:
        """Return how many jobs of each task are in each state, ordered by the task's name."""
        from redun.recorder.reader_groups import status_counts

        return status_counts(self, self.execution(execution_key))

    def job(self, execution_key: int, number: int) -> JobRecord:
        """Return job `number` of an execution."""
        rows = self.database.rows(sql.JOB, execution_key, number)
        if not rows:
            execution = self.execution(execution_key)
            raise RecordNotFoundError(f"execution {execution.id.hex()} has no job {number}")
        return job_of(rows[0])

    def jobs(self, execution_key: int, limit: int = ALL, *, after: int = -1) -> list[JobRecord]:
        """Return the jobs of an execution in the order they were made: a parent before its children.

        With `after`, those with greater numbers alone.
        """
        return [job_of(row) for row in self.database.rows(sql.JOBS, execution_key, after, limit)]

    def ancestors(self, job: JobRecord) -> list[JobRecord]:
        """Return the jobs above a job, the execution's root first."""
        path: list[JobRecord] = []
        # Made before their children; else it would be no tree, and perhaps without end.
        while job.parent is not None and job.parent < job.number:
            job = self.job(job.execution_key, job.parent)
            path.append(job)
        return path[::-1]

    def jobs_of_call(self, call_hash: bytes, limit: int = _MANY) -> list[JobRecord]:
        """Return the jobs that made or replayed a call, newest first."""
        return [job_of(row) for row in self.database.rows(sql.JOBS_OF_CALL, call_hash, limit)]

    def job_that_ran(self, call_hash: bytes) -> JobRecord | None:
        """Return the newest job that ran a call, or else the newest that replayed it."""
        jobs = self.jobs_of_call(call_hash)
        return next(
            (job for job in jobs if job.status in (JobStatus.DONE, JobStatus.FAILED)),
            jobs[0] if jobs else None,
        )

    def call(self, call_hash: bytes) -> CallRecord:
        """Return a call."""
        calls = self.calls([call_hash])
        if call_hash not in calls:
            raise RecordNotFoundError(f"no call node has the hash {call_hash.hex()}")
        return calls[call_hash]

    def calls(self, hashes: Iterable[bytes]) -> dict[bytes, CallRecord]:
        """Return those of the calls that are recorded."""
        return {row[0]: call_of(row) for row in self.database.many(sql.CALLS, hashes)}

    def calls_between(self, first: bytes, last: bytes, limit: int) -> list[CallRecord]:
        """Return the calls whose hashes lie in a range."""
        return [call_of(row) for row in self.database.rows(sql.CALLS_BY_PREFIX, first, last, limit)]

    def children(self, call_hash: bytes, limit: int = ALL) -> list[CallRecord]:
        """Return the calls that a call made, in order."""
        hashes = [child for (child,) in self.database.rows(sql.CHILDREN, call_hash, limit)]
        calls = self.calls(hashes)
        return [calls[child] for child in hashes if child in calls]

    def edges(self, parents: Iterable[bytes], limit: int = ALL) -> dict[bytes, list[bytes]]:
        """Return, for each call that made others, the hashes of the first `limit` of these, in order."""
        children: dict[bytes, list[bytes]] = {}
        for parent, child in self.database.many(sql.EDGES, parents, limit):
            children.setdefault(parent, []).append(child)
        return children

    def parents(self, call_hash: bytes, *, search: int = _SHARED_SEARCH_JOBS) -> list[CallRecord]:
        """Return the calls that made a call, those of the newest execution first.

        Those that asked for it after another one are searched for in executions of at most `search` jobs.
        """
        found: dict[bytes, None] = {}
        searched: set[int] = set()
        for job in self.jobs_of_call(call_hash):
            if job.parent is not None and (above := self.job(job.execution_key, job.parent).call_hash):
                found[above] = None
            if job.execution_key not in searched:
                searched.add(job.execution_key)
                found.update(dict.fromkeys(self._shared_parents(job.execution_key, call_hash, search)))
        calls = self.calls(found)
        return [calls[key] for key in found if key in calls]

    def _shared_parents(self, execution_key: int, call_hash: bytes, search: int) -> list[bytes]:
        """Return the parents of a call in an execution: its job names only the first of them."""
        if self.database.rows(sql.LAST_NUMBER, execution_key)[0][0] > search:
            return []
        rows = self.database.rows(sql.PARENTS_IN_EXECUTION, execution_key, call_hash)
        return sorted(parent for (parent,) in rows)

    def calls_with_result(self, value_hash: bytes, limit: int = _MANY) -> list[CallRecord]:
        """Return calls whose final result is this value."""
        return [call_of(row) for row in self.database.rows(sql.CALLS_OF_VALUE, value_hash, limit)]

    def calls_of_evaluation(self, eval_hash: bytes, *, leaf_hash: bytes | None) -> list[CallRecord]:
        """Return the calls with an eval hash; `leaf_hash` is the hash of the one that made no other call."""
        rows = self.database.rows(sql.CALLS_OF_EVALUATION, eval_hash, _MANY)
        calls = {row[0]: call_of(row) for row in rows}
        if leaf_hash is not None:
            calls.update(self.calls([leaf_hash]))
        return list(calls.values())

    def arguments_of_value(self, value_hash: bytes, limit: int = _MANY) -> list[tuple[bytes, int]]:
        """Return the eval hash and position of arguments that are this value."""
        return self.database.rows(sql.ARGUMENTS_OF_VALUE, value_hash, limit)

    def uses_of_call(self, call_hash: bytes, limit: int = _MANY) -> list[tuple[bytes, int]]:
        """Return the eval hash and position of arguments that came from the result of a call."""
        return self.database.rows(sql.FLOWS_FROM, call_hash, limit)

    def arguments(self, eval_hashes: Iterable[bytes]) -> dict[bytes, tuple[ArgumentRecord, ...]]:
        """Return the arguments behind each eval hash, in order."""
        found: dict[bytes, list[ArgumentRecord]] = {}
        for row in self.database.many(sql.ARGUMENTS, eval_hashes):
            found.setdefault(row[0], []).append(ArgumentRecord(row[1], row[2], value_of(row[3:])))
        return {eval_hash: tuple(arguments) for eval_hash, arguments in found.items()}

    def sources(self, eval_hash: bytes, position: int, limit: int = ALL) -> list[bytes]:
        """Return the calls whose results an argument, or a part of it, came from."""
        return [source for (source,) in self.database.rows(sql.FLOWS_TO, eval_hash, position, limit)]

    def all_sources(self, eval_hashes: Iterable[bytes]) -> set[bytes]:
        """Return the calls whose results any argument of these came from."""
        return {source for (source,) in self.database.many(sql.FLOWS_OF, eval_hashes)}

    def reduction(self, eval_hash: bytes) -> bytes | None:
        """Return the hash of what the body of a call returned last, perhaps a lazy value."""
        rows = self.database.rows(sql.EVALUATION, eval_hash)
        return rows[0][0] if rows else None

    def task(self, task_hash: bytes) -> TaskRecord:
        """Return a version of a task."""
        tasks = self.tasks_between(task_hash, task_hash, 1)
        if not tasks:
            raise RecordNotFoundError(f"no task has the hash {task_hash.hex()}")
        return tasks[0]

    def tasks(self) -> list[TaskRecord]:
        """Return every version of every task, ordered by name, oldest first."""
        return [task_of(row) for row in self.database.rows(sql.TASKS)]

    def tasks_between(self, first: bytes, last: bytes, limit: int) -> list[TaskRecord]:
        """Return the task versions whose hashes lie in a range."""
        return [task_of(row) for row in self.database.rows(sql.TASKS_BY_PREFIX, first, last, limit)]

    def tasks_named(self, name: str, limit: int = _MANY) -> list[TaskRecord]:
        """Return the versions of the tasks of this name, full or bare, newest first."""
        versions = [
            task_of(row) for row in self.database.rows(sql.TASKS_BY_NAME, name.rpartition(".")[2], limit)
        ]
        return [task for task in versions if name in (task.name, task.fullname)]

    def value(self, value_hash: bytes) -> ValueRecord:
        """Return what is known of a value."""
        values = self.values([value_hash])
        if value_hash not in values:
            raise RecordNotFoundError(f"no value has the hash {value_hash.hex()}")
        return values[value_hash]

    def values(self, hashes: Iterable[bytes]) -> dict[bytes, ValueRecord]:
        """Return those of the values that are recorded."""
        return {row[0]: value_of(row) for row in self.database.many(sql.VALUES, hashes)}

    def values_between(self, first: bytes, last: bytes, limit: int) -> list[ValueRecord]:
        """Return the values whose hashes lie in a range."""
        return [value_of(row) for row in self.database.rows(sql.VALUES_BY_PREFIX, first, last, limit)]

    def text_of(self, value_hash: bytes) -> str | None:
        """Return the JSON text of a value stored as such; None for any other, whose bytes are left alone."""
        rows = self.database.rows(sql.TEXT_PAYLOAD, value_hash)
        return bytes(rows[0][0]).decode("utf-8", "replace") if rows and rows[0][0] is not None else None

    def containers(self, value_hash: bytes, limit: int = _MANY) -> list[bytes]:
        """Return the hashes of values that hold this external value."""
        return [parent for (parent,) in self.database.rows(sql.CONTAINERS, value_hash, limit)]

    def parts(self, value_hash: bytes, limit: int = _MANY) -> list[bytes]:
        """Return the hashes of the external values nested in a value."""
        return [child for (child,) in self.database.rows(sql.PARTS, value_hash, limit)]

    def tags(self, entity: str, ids: Iterable[bytes]) -> dict[bytes, dict[str, list[object]]]:
        """Return the tags of executions, jobs …, by id and key."""
        found: dict[bytes, dict[str, list[object]]] = {}
        for identity, key, value in self.database.many(sql.TAGS, ids, entity):
            found.setdefault(identity, {}).setdefault(key, []).append(decode_tag_value(value))
        return found
