"""Rows on their way to the record: plain lists of tuples, one per table.

Floor: recorder. The scheduler fills a batch and hands it over once per wave, so that a job costs no call, no SQL
statement and no object of ours. The column order of each list is that of the matching table in `recorder.schema`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum

from redun.value.codes import ValueFlag, ValueFormat

__all__ = ["Batch", "ExecutionStatus", "JobStatus", "OutputStream", "Reason", "ValueFlag", "ValueFormat"]

TaskPart = tuple[str, str, bytes, str | None, str | None]
"""Kind, name, digest, name of the part that refers to it, text."""


class JobStatus(IntEnum):
    """State of a job, as stored; PENDING, while it waits for units of a limit or for its next attempt, never is."""

    RUNNING = 0
    DONE = 1
    CACHED = 2
    FAILED = 3
    CANCELLED = 4
    LOST = 5
    PENDING = 6


class ExecutionStatus(IntEnum):
    """State of an execution, as stored; a running one whose heartbeat stopped reads CRASHED."""

    RUNNING = 0
    DONE = 1
    FAILED = 3
    CANCELLED = 4
    CRASHED = 5


class Reason(IntEnum):
    """Why a job ran instead of being replayed.

    `CACHE_OFF` is for the options of the call, `NO_CACHE` for those of the execution.
    """

    REPLAYED = 0
    NEW = 1
    INVALID = 2
    UNREADABLE = 3
    CACHE_OFF = 4
    CODE_BELOW = 5
    NO_CACHE = 6
    SECRET = 7
    UNTRUSTED = 8


class OutputStream(IntEnum):
    """Where a job wrote, as stored."""

    STDOUT = 1
    STDERR = 2
    LOG = 3


class Batch:
    """Rows to write in one transaction.

    Attributes
    ----------
    values : list of (hash, type, size, preview, format, flags, payload)
        `payload` is bytes, or a `redun.value.seal.Payload` that the writer may put into the value store.
    unreadable : list of (value hash,)
        Values whose recorded payload turned out damaged; what `values` holds for them replaces it.
    evaluations : list of (eval_hash, value_hash)
    arguments : list of (eval_hash, position, name, value_hash)
    flows : list of (eval_hash, position, source call_hash)
    call_nodes : list of (hash, task_hash, eval_hash, value_hash, task_set or None, failed)
    call_edges : list of (parent call_hash, position, child call_hash)
    task_sets : list of (hash, task_hash)
        `task_hash` may also be the hash of what else the call depends on, such as a context.
    subvalues : list of (parent value_hash, child value_hash)
    files : list of (path, value_hash)
    tags : list of (entity, id, key, JSON value)
    tasks : list of (hash, namespace, name, parameters JSON, source, file, line, version or None)
    task_parts : list of (hash, callable)
        For each of `tasks`, what tells its parts (see `redun.task.parts`): to be called only if the record does not
        have them yet. It is called on another thread, and never raises.
    attempts : list of (execution key, job number, attempt, error, cause, started, duration)
        The attempts of retried jobs, counted from 1; `cause` as in `redun.executors.base.Completion`, `duration` may
        be None.
    outputs : list of (execution key, job number, stream, text, dropped)
        What jobs printed and logged: `stream` is an `OutputStream`, `dropped` the bytes left out of `text`.
    handles : list of (hash, fullname, key, valid)
        States of handles, in the order in which they became so: the last row of a hash wins.
    handle_edges : list of (parent hash, child hash)
    jobs : dict from (execution key, number) to (parent, task_hash, eval_hash, call_hash, status, reason, executor,
        started, duration), so that a job that starts and ends between two hand-overs is one row. Times are
        integer microseconds; `parent`, `call_hash`, `executor` and `duration` may be None.
    releases : list of (eval_hash, execution key, token)
        Leases that end when these rows are written, see `redun.recorder.interface.Leases`.
    """

    __slots__ = (
        "arguments",
        "attempts",
        "call_edges",
        "call_nodes",
        "evaluations",
        "files",
        "flows",
        "handle_edges",
        "handles",
        "jobs",
        "outputs",
        "releases",
        "subvalues",
        "tags",
        "task_parts",
        "task_sets",
        "tasks",
        "unreadable",
        "values",
    )

    def __init__(self) -> None:
        self.values: list[tuple[bytes, str, int, str, int, int, object]] = []
        self.unreadable: list[tuple[bytes]] = []
        self.evaluations: list[tuple[bytes, bytes]] = []
        self.arguments: list[tuple[bytes, int, str, bytes]] = []
        self.flows: list[tuple[bytes, int, bytes]] = []
        self.call_nodes: list[tuple[bytes, bytes, bytes, bytes, bytes | None, int]] = []
        self.call_edges: list[tuple[bytes, int, bytes]] = []
        self.task_sets: list[tuple[bytes, bytes]] = []
        self.subvalues: list[tuple[bytes, bytes]] = []
        self.files: list[tuple[str, bytes]] = []
        self.tags: list[tuple[str, bytes, str, str]] = []
        self.tasks: list[tuple[bytes, str, str, str, str, str, int, str | None]] = []
        self.task_parts: list[tuple[bytes, Callable[[], Sequence[TaskPart]]]] = []
        self.attempts: list[tuple[int, int, int, str, str, int, int | None]] = []
        self.outputs: list[tuple[int, int, int, str, int]] = []
        self.handles: list[tuple[bytes, str, str, int]] = []
        self.handle_edges: list[tuple[bytes, bytes]] = []
        self.releases: list[tuple[bytes, int, int]] = []
        self.jobs: dict[
            tuple[int, int],
            tuple[int | None, bytes, bytes, bytes | None, int, int, str | None, int, int | None],
        ] = {}

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)
