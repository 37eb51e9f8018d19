"""An execution, to be asked about.

Floor: library.
"""

from __future__ import annotations

import datetime
from typing import Any, ClassVar

from redun.query.jobs import JobView
from redun.query.results import Results
from redun.query.times import moment, span
from redun.query.view import View, printable
from redun.recorder.ids import short
from redun.recorder.reader_records import ExecutionRecord
from redun.recorder.reader_tree import job_tree

__all__ = ["ExecutionView"]


class ExecutionView(View):
    """One run."""

    COLUMNS: ClassVar = {
        "id": "text",
        "status": "text",
        "task": "text",
        "command": "text",
        "started": "moment",
        "ended": "moment",
        "duration": "span",
        "user": "text",
        "project": "text",
        "host": "text",
        "pid": "number",
        "version": "text",
        "error": "text",
    }
    __slots__ = ()
    _row: ExecutionRecord

    def __repr__(self) -> str:
        started = self.started.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        return f"<execution {short(self._row.id)} {self.status} {started} {printable(self.command)}>"

    @property
    def _identity(self) -> object:
        return self._row.id

    @property
    def id(self) -> str:
        """32 hex digits."""
        return self._row.id.hex()

    @property
    def status(self) -> str:
        """DONE, FAILED, CANCELLED, RUNNING, or CRASHED when its process is gone."""
        return self._row.status.name

    @property
    def task(self) -> str:
        """The full name of the task that was run."""
        return self._row.task

    @property
    def argv(self) -> tuple[str, ...]:
        """The command line, the program's name left out."""
        return self._row.argv

    @property
    def command(self) -> str:
        """The command line as text."""
        return " ".join(self._row.argv)

    @property
    def started(self) -> datetime.datetime:
        """When it started, in UTC."""
        return moment(self._row.started)

    @property
    def ended(self) -> datetime.datetime | None:
        """When it ended."""
        return None if self._row.ended is None else moment(self._row.ended)

    @property
    def duration(self) -> datetime.timedelta | None:
        """How long it took."""
        return None if self._row.ended is None else span(self._row.ended - self._row.started)

    @property
    def host(self) -> str:
        """The computer that it ran on."""
        return self._row.host

    @property
    def pid(self) -> int:
        """Its process there."""
        return self._row.pid

    @property
    def version(self) -> str:
        """The version of redun."""
        return self._row.version

    @property
    def error(self) -> str | None:
        """What it failed with, on one line."""
        return self._row.error

    @property
    def tags(self) -> dict[str, list[Any]]:
        """Its tags: a key may have several values."""
        return self._record.reader.tags("execution", [self._row.id]).get(self._row.id, {})

    @property
    def user(self) -> str | None:
        """Who ran it, as far as it was tagged."""
        return self._first_tag("user")

    @property
    def project(self) -> str | None:
        """The project that it belongs to, as far as it was tagged."""
        return self._first_tag("project")

    @property
    def job(self) -> JobView | None:
        """The job of the root call."""
        return next(iter(self.jobs()), None)

    def jobs(self, **conditions: Any) -> Results[JobView]:
        """Return its jobs, in the order in which they were made; conditions are those of `Record.jobs`."""
        return self._record.jobs(execution=self, **conditions)

    def tree(self, limit: int = 1_000) -> Results[BranchView]:
        """Return the first so many jobs as a tree: a job's children follow it, one step deeper."""
        return Results(
            BranchView,
            lambda: (
                BranchView(self._record, branch)
                for branch in job_tree(self._record.reader, self._row.key, limit)
            ),
        )

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many jobs of each task are in which state."""
        table = self._record.reader.status_table(self._row.key)
        return {row.task: {state.name: number for state, number in row.counts.items()} for row in table}

    def _first_tag(self, key: str) -> str | None:
        values = self.tags.get(key)
        return str(values[0]) if values else None


class BranchView(View):
    """A line of a tree of jobs; `shared` if another parent asked for the same call first."""

    COLUMNS: ClassVar = {"depth": "number", "id": "text", "task": "text", "status": "text", "shared": "flag"}
    __slots__ = ()

    def __repr__(self) -> str:
        return f"{'  ' * self.depth}{self.job!r}"

    @property
    def _identity(self) -> object:
        return self._row

    @property
    def depth(self) -> int:
        """0 for the root."""
        return int(self._row.depth)

    @property
    def shared(self) -> bool:
        """Whether another parent asked for it first."""
        return bool(self._row.shared)

    @property
    def job(self) -> JobView:
        """The job."""
        return JobView(self._record, self._row.job)

    @property
    def id(self) -> str:
        """The job's id."""
        return self.job.id

    @property
    def task(self) -> str:
        """The job's task."""
        return self.job.task

    @property
    def status(self) -> str:
        """The job's state."""
        return self.job.status
