"""A job, to be asked about.

Floor: library.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from redun.query.results import Results
from redun.query.times import moment, span
from redun.query.view import View, printable
from redun.recorder.batch import JobStatus
from redun.recorder.ids import job_id, job_tag_id
from redun.recorder.reader_attempts import AttemptRecord, attempts_of_job
from redun.recorder.reader_children import child_jobs
from redun.recorder.reader_errors import error_text
from redun.recorder.reader_output import output_of_job
from redun.recorder.reader_records import JobRecord

if TYPE_CHECKING:
    from redun.query.calls import CallView, TaskView
    from redun.query.executions import ExecutionView
    from redun.query.values import ValueView

__all__ = ["JobView"]


class JobView(View):
    """One call in one run."""

    COLUMNS: ClassVar = {
        "id": "text",
        "execution_id": "text",
        "number": "number",
        "parent_number": "number",
        "task": "text",
        "status": "text",
        "reason": "text",
        "executor": "text",
        "started": "moment",
        "ended": "moment",
        "duration": "span",
        "task_hash": "text",
        "eval_hash": "text",
        "call_hash": "text",
    }
    __slots__ = ()
    _row: JobRecord

    def __repr__(self) -> str:
        return f"<job {self._row.id} {self.status} {printable(self.task)}>"

    @property
    def _identity(self) -> object:
        return (self._row.execution_id, self._row.number)

    @property
    def id(self) -> str:
        """The full id: that of its execution, a dot and the number."""
        return job_id(self._row.execution_id, self._row.number, full=True)

    @property
    def number(self) -> int:
        """Its number within the execution."""
        return self._row.number

    @property
    def parent_number(self) -> int | None:
        """The number of the job that made the call."""
        return self._row.parent

    @property
    def execution_id(self) -> str:
        """The id of its execution."""
        return self._row.execution_id.hex()

    @property
    def task(self) -> str:
        """The full name of its task."""
        return self._row.task

    @property
    def task_hash(self) -> str:
        """The hash of the task's version."""
        return self._row.task_hash.hex()

    @property
    def eval_hash(self) -> str:
        """The cache key of its call."""
        return self._row.eval_hash.hex()

    @property
    def call_hash(self) -> str | None:
        """The hash of its call, once that has finished."""
        return None if self._row.call_hash is None else self._row.call_hash.hex()

    @property
    def status(self) -> str:
        """DONE, CACHED, FAILED, CANCELLED, RUNNING, or LOST when the run crashed under it."""
        return self._row.status.name

    @property
    def cached(self) -> bool:
        """Whether an earlier result was taken."""
        return self._row.status is JobStatus.CACHED

    @property
    def reason(self) -> str:
        """Why it ran instead of being replayed: NEW, INVALID, UNREADABLE, UNTRUSTED …; else REPLAYED."""
        return self._row.reason.name

    @property
    def executor(self) -> str | None:
        """The name of the executor, where that is not the default."""
        return self._row.executor

    @property
    def started(self) -> datetime.datetime:
        """When it started, in UTC."""
        return moment(self._row.started)

    @property
    def ended(self) -> datetime.datetime | None:
        """When it ended; None for one that was replayed or still runs."""
        return None if self._row.duration is None else moment(self._row.started + self._row.duration)

    @property
    def duration(self) -> datetime.timedelta | None:
        """How long its own body took; None if it did not run."""
        return span(self._row.duration)

    @property
    def tags(self) -> dict[str, list[Any]]:
        """Its tags: a key may have several values."""
        identity = job_tag_id(self._row.execution_id, self._row.number)
        return self._record.reader.tags("job", [identity]).get(identity, {})

    @property
    def execution(self) -> ExecutionView:
        """The run that it belongs to."""
        return self._record.execution(self.execution_id)

    @property
    def parent(self) -> JobView | None:
        """The job that made the call; None for the root."""
        if self._row.parent is None:
            return None
        return JobView(self._record, self._record.reader.job(self._row.execution_key, self._row.parent))

    @property
    def children(self) -> Results[JobView]:
        """The jobs of the calls that it was the first to make."""
        return Results(JobView, self._children)

    @property
    def code(self) -> TaskView:
        """The version of the task."""
        return self._record.task(self.task_hash)

    @property
    def call(self) -> CallView | None:
        """The call, once that has finished."""
        return None if self.call_hash is None else self._record.call(self.call_hash)

    @property
    def arguments(self) -> dict[str, ValueView]:
        """The arguments by name."""
        return self._record.arguments_of(self._row.eval_hash)

    @property
    def result(self) -> ValueView | None:
        """The final value; None if there is none, as when it failed."""
        call = self.call
        return None if call is None or call.failed else call.value

    @property
    def error(self) -> str | None:
        """The error with its traceback, if it failed."""
        call = self.call
        if call is None or not call.failed:
            return None
        return error_text(self._record.reader, bytes.fromhex(call.value_hash))

    @property
    def output(self) -> dict[str, str]:
        """What was printed and logged, by `stdout`, `stderr` and `log`; of a replayed job, when it ran."""
        return {stream.name: stream.text for stream in output_of_job(self._record.reader, self._row).streams}

    @property
    def attempts(self) -> list[AttemptRecord]:
        """The attempts, if it was retried."""
        return attempts_of_job(self._record.reader, self._row)

    def _children(self) -> Iterator[JobView]:
        for row in child_jobs(self._record.reader, self._row):
            yield JobView(self._record, row)
