"""What was run, by whom, with which code, and how it ended.

Floor: command line.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence

import attrs
from redun.recorder.batch import ExecutionStatus, JobStatus
from redun.recorder.reader import Reader
from redun.recorder.reader_profile import JobColumns
from redun.recorder.reader_records import ExecutionRecord
from redun.recorder.reader_task_profiles import TaskProfile

from redun_cli.log.tags import tags_of
from redun_cli.page.amounts import size_text

__all__ = ["Summary", "summary"]

_OWN = frozenset({"doc", "user", "project", "git_commit", "git_origin_url"})


@attrs.frozen
class Summary:
    """The execution in short. Times are microseconds.

    Attributes
    ----------
    execution : ExecutionRecord
    command : str
        As typed, quoted for a shell.
    end : int
        When it ended, or was last seen.
    counts : mapping of JobStatus to int
    computed, saved : int
        What the bodies of jobs took that ran, and of jobs that were replayed when those ran.
    memory : str
        The most that a job had; empty if no executor measured it.
    doc : sequence of str
    facts : sequence of (str, str)
        Who, where, with what.
    tags : sequence of (str, str)
        The others.
    """

    execution: ExecutionRecord
    command: str
    end: int
    counts: Mapping[JobStatus, int]
    computed: int
    saved: int
    saved_complete: bool
    memory: str
    doc: Sequence[str]
    facts: Sequence[tuple[str, str]]
    tags: Sequence[tuple[str, str]]

    @property
    def duration(self) -> int:
        """How long it took, or has taken so far."""
        return max(self.end - self.execution.started, 0)

    @property
    def over(self) -> bool:
        """Whether it ended by itself, so that the end is known."""
        return self.execution.ended is not None

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self.execution.status is ExecutionStatus.RUNNING

    @property
    def jobs(self) -> int:
        """Number of jobs."""
        return sum(self.counts.values())


def summary(
    reader: Reader, execution: ExecutionRecord, columns: JobColumns, profiles: Sequence[TaskProfile]
) -> Summary:
    """Return the execution in short."""
    tags = tags_of(reader, "execution", execution.id)
    counts: dict[JobStatus, int] = {}
    for profile in profiles:
        for status, count in profile.counts.items():
            counts[status] = counts.get(status, 0) + count
    memory = max(columns.memory.values(), default=0)
    return Summary(
        execution,
        shlex.join(execution.argv),
        execution.heartbeat if execution.ended is None else execution.ended,
        counts,
        sum(profile.total or 0 for profile in profiles),
        sum(profile.saved for profile in profiles),
        columns.saved_complete,
        size_text(memory) if memory else "",
        [_text(value) for value in tags.get("doc", ())],
        list(_facts(execution, columns, tags)),
        [
            (key, _text(value))
            for key in sorted(tags)
            if key not in _OWN and not key.startswith("redun.")
            for value in tags[key]
        ],
    )


def _facts(
    execution: ExecutionRecord, columns: JobColumns, tags: Mapping[str, Sequence[object]]
) -> Iterator[tuple[str, str]]:
    for title, key in (
        ("User", "user"),
        ("Project", "project"),
        ("Code (git commit)", "git_commit"),
        ("Repository", "git_origin_url"),
    ):
        if tags.get(key):
            yield title, ", ".join(map(_text, tags[key]))
    yield "Host", execution.host
    yield "Process", str(execution.pid)
    yield "redun", execution.version
    for title, key in (
        ("Python", "redun.python"),
        ("Plugins that decide keys", "redun.plugins"),
    ):
        if tags.get(key):
            yield title, ", ".join(map(_listed, tags[key]))
    used = sorted({name or "default" for name in columns.executor_names})
    if used:
        yield "Executors used", ", ".join(used)


def _listed(value: object) -> str:
    return ", ".join(map(_text, value.values())) if isinstance(value, dict) else _text(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
