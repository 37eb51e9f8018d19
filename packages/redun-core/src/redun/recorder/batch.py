"""Rows on their way to the record: plain lists of tuples, one per table.

Floor: recorder. The scheduler fills a batch and hands it over once per wave, so that a job costs no call, no SQL
statement and no object of ours. The column order of each list is that of the matching table in `recorder.schema`.
"""

from __future__ import annotations

from enum import IntEnum

from redun.value.codes import ValueFlag, ValueFormat

__all__ = ["Batch", "ExecutionStatus", "JobStatus", "Reason", "ValueFlag", "ValueFormat"]


class JobStatus(IntEnum):
    """State of a job, as stored."""

    RUNNING = 0
    DONE = 1
    CACHED = 2
    FAILED = 3
    CANCELLED = 4
    LOST = 5


class ExecutionStatus(IntEnum):
    """State of an execution, as stored; a running one whose heartbeat stopped reads CRASHED."""

    RUNNING = 0
    DONE = 1
    FAILED = 3
    CANCELLED = 4
    CRASHED = 5


class Reason(IntEnum):
    """Why a job ran instead of being replayed."""

    REPLAYED = 0
    NEW = 1
    INVALID = 2
    UNREADABLE = 3
    CACHE_OFF = 4
    CODE_BELOW = 5


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
    subvalues : list of (parent value_hash, child value_hash)
    files : list of (path, value_hash)
    tags : list of (entity, id, key, JSON value)
    tasks : list of (hash, namespace, name, parameters JSON, source, file, line, version or None)
    jobs : dict from (execution key, number) to (parent, task_hash, eval_hash, call_hash, status, reason, executor,
        started, duration), so that a job that starts and ends between two hand-overs is one row. Times are
        integer microseconds; `parent`, `call_hash`, `executor` and `duration` may be None.
    """

    __slots__ = (
        "arguments",
        "call_edges",
        "call_nodes",
        "evaluations",
        "files",
        "flows",
        "jobs",
        "subvalues",
        "tags",
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
        self.jobs: dict[
            tuple[int, int],
            tuple[int | None, bytes, bytes, bytes | None, int, int, str | None, int, int | None],
        ] = {}

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)
