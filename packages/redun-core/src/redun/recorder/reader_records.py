"""What the reader returns: frozen descriptions of executions, jobs, calls, tasks, values and files.

Floor: recorder. Nothing here holds a live value: a value is its type, size and preview.
"""

from __future__ import annotations

from enum import Enum

import attrs
from redun.recorder.batch import ExecutionStatus, JobStatus, Reason, ValueFlag, ValueFormat
from redun.recorder.ids import job_id
from redun.visible import visible

__all__ = [
    "ArgumentRecord",
    "CallRecord",
    "Candidate",
    "ExecutionRecord",
    "FileRecord",
    "JobRecord",
    "Kind",
    "TaskRecord",
    "TaskStatus",
    "ValueRecord",
]


class Kind(Enum):
    """Kinds of record an id can name."""

    EXECUTION = "execution"
    JOB = "job"
    CALL = "call node"
    TASK = "task"
    VALUE = "value"
    FILE = "file"


@attrs.frozen
class ExecutionRecord:
    """One run. `status` says CRASHED when the process is gone; times are microseconds since the epoch.

    `origin` is the repository that it came from, None for one's own.
    """

    key: int
    id: bytes
    argv: tuple[str, ...]
    task: str
    status: ExecutionStatus
    started: int
    ended: int | None
    heartbeat: int
    host: str
    pid: int
    version: str
    error: str | None
    origin: str | None = None


@attrs.frozen
class JobRecord:
    """One call in one run. `status` says LOST when the run crashed under it."""

    execution_key: int
    execution_id: bytes
    number: int
    parent: int | None
    task: str
    task_hash: bytes
    eval_hash: bytes
    call_hash: bytes | None
    status: JobStatus
    reason: Reason
    executor: str | None
    started: int
    duration: int | None

    @property
    def id(self) -> str:
        """Short form of the job's id."""
        return job_id(self.execution_id, self.number)


@attrs.frozen
class CallRecord:
    """A finished call with its final result; when `failed`, the result is the error."""

    hash: bytes
    task: str
    task_hash: bytes
    eval_hash: bytes
    value_hash: bytes
    failed: bool


@attrs.frozen
class TaskRecord:
    """One version of a task."""

    hash: bytes
    namespace: str
    name: str
    parameters: tuple[str, ...]
    source: str
    file: str
    line: int
    version: str | None

    @property
    def fullname(self) -> str:
        """Namespace and name."""
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


@attrs.frozen
class ValueRecord:
    """A value as described when it was alive; its payload stays in the database."""

    hash: bytes
    type: str
    size: int
    preview: str
    format: ValueFormat
    flags: ValueFlag


@attrs.frozen
class ArgumentRecord:
    """An argument of a call."""

    position: int
    name: str
    value: ValueRecord


@attrs.frozen
class FileRecord:
    """A content that a file had: read as an argument of a call, written by a call, or both."""

    path: str
    value: ValueRecord
    read: bool
    written: bool


@attrs.frozen
class TaskStatus:
    """How many jobs of a task are in each state."""

    task: str
    counts: dict[JobStatus, int]

    @property
    def total(self) -> int:
        """Number of jobs in any state."""
        return sum(self.counts.values())


@attrs.frozen
class Candidate:
    """Something an id may name.

    Attributes
    ----------
    kind : Kind
    key : bytes or str or tuple of int
        Execution: its id; job: (execution key, number); call, task and value: hash; file: path.
    id : str
        The unambiguous id.
    line : str
        What it is, in a few words.
    exact : bool
        The text names it in full, rather than by a prefix.
    """

    kind: Kind
    key: bytes | str | tuple[int, int]
    id: str
    line: str
    exact: bool

    def __str__(self) -> str:
        return visible(f"{self.kind.value:<9}  {self.id}  {self.line}")
