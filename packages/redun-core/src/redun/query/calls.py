"""A call, and the code of a task, to be asked about.

Floor: library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from redun.query.jobs import JobView
from redun.query.view import View, printable
from redun.recorder.ids import short
from redun.recorder.reader_records import CallRecord, TaskRecord

if TYPE_CHECKING:
    from redun.query.values import ValueView

__all__ = ["CallView", "TaskView"]


class CallView(View):
    """A finished call with its final result; any number of jobs may have made or replayed it."""

    COLUMNS: ClassVar = {
        "hash": "text",
        "task": "text",
        "failed": "flag",
        "value_hash": "text",
        "eval_hash": "text",
        "task_hash": "text",
    }
    __slots__ = ()
    _row: CallRecord

    def __repr__(self) -> str:
        return f"<call {short(self._row.hash)} {printable(self.task)}>"

    @property
    def _identity(self) -> object:
        return self._row.hash

    @property
    def hash(self) -> str:
        """40 hex digits."""
        return self._row.hash.hex()

    @property
    def task(self) -> str:
        """The full name of the task."""
        return self._row.task

    @property
    def task_hash(self) -> str:
        """The hash of the task's version."""
        return self._row.task_hash.hex()

    @property
    def eval_hash(self) -> str:
        """The cache key."""
        return self._row.eval_hash.hex()

    @property
    def value_hash(self) -> str:
        """The hash of the result."""
        return self._row.value_hash.hex()

    @property
    def failed(self) -> bool:
        """Whether the result is an error."""
        return self._row.failed

    @property
    def value(self) -> ValueView:
        """The result, or the error."""
        return self._record.value(self.value_hash)

    @property
    def arguments(self) -> dict[str, ValueView]:
        """The arguments by name."""
        return self._record.arguments_of(self._row.eval_hash)

    @property
    def code(self) -> TaskView:
        """The version of the task."""
        return self._record.task(self.task_hash)

    @property
    def jobs(self) -> list[JobView]:
        """The jobs that made or replayed it, newest first, at most 200."""
        return [JobView(self._record, row) for row in self._record.reader.jobs_of_call(self._row.hash)]

    @property
    def job(self) -> JobView | None:
        """The newest job that ran it."""
        row = self._record.reader.job_that_ran(self._row.hash)
        return None if row is None else JobView(self._record, row)

    @property
    def children(self) -> list[CallView]:
        """The calls that it made, in order."""
        return [CallView(self._record, row) for row in self._record.reader.children(self._row.hash)]

    @property
    def parents(self) -> list[CallView]:
        """The calls that made it."""
        return [CallView(self._record, row) for row in self._record.reader.parents(self._row.hash)]


class TaskView(View):
    """A version of a task."""

    COLUMNS: ClassVar = {
        "hash": "text",
        "name": "text",
        "version": "text",
        "file": "text",
        "line": "number",
        "source": "text",
    }
    __slots__ = ()
    _row: TaskRecord

    def __repr__(self) -> str:
        return f"<task {short(self._row.hash)} {printable(self.name)}>"

    @property
    def _identity(self) -> object:
        return self._row.hash

    @property
    def hash(self) -> str:
        """40 hex digits."""
        return self._row.hash.hex()

    @property
    def name(self) -> str:
        """The full name."""
        return self._row.fullname

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its parameters."""
        return self._row.parameters

    @property
    def source(self) -> str:
        """Its code as text."""
        return self._row.source

    @property
    def file(self) -> str:
        """Where it was defined."""
        return self._row.file

    @property
    def line(self) -> int:
        """The line there."""
        return self._row.line

    @property
    def version(self) -> str | None:
        """The version that its author gave it."""
        return self._row.version

    @property
    def tags(self) -> dict[str, list[Any]]:
        """Its tags: a key may have several values."""
        return self._record.reader.tags("task", [self._row.hash]).get(self._row.hash, {})
