"""Why the jobs of an execution ran, as text: one line for each task and cause.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from redun.recorder.batch import JobStatus
from redun.recorder.explaining import Group, words_of
from redun.recorder.reader_records import ExecutionRecord, TaskStatus

from redun_cli.log.lines import execution_line

__all__ = ["summary_lines"]

_SHOWN = 50


def summary_lines(
    execution: ExecutionRecord, table: Sequence[TaskStatus], groups: Sequence[Group], task: str | None
) -> Iterator[str]:
    """Yield the lines, the largest group first."""
    yield execution_line(execution, {})
    yield ""
    cached = sum(
        row.counts.get(JobStatus.CACHED, 0)
        for row in table
        if task is None or task in (row.task, row.task.rpartition(".")[2])
    )
    of = "" if task is None else f" of {task}"
    if not groups:
        yield f"No job{of} ran: {_jobs(cached)} from the record."
        return
    for group in groups[:_SHOWN]:
        yield from _group_lines(group)
    if len(groups) > _SHOWN:
        rest = sum(group.jobs for group in groups[_SHOWN:])
        yield f"... and {_jobs(rest)} in {len(groups) - _SHOWN} more groups"
    yield ""
    yield f"{_jobs(cached)}{of} taken from the record."
    yield f"`redun why {groups[0].example.id}` shows a job in detail."


def _group_lines(group: Group) -> Iterator[str]:
    about = "" if group.exact or group.jobs == group.of else "about "
    first, *others = [words_of(cause) for cause in group.causes]
    shown = "" if group.jobs == 1 or not group.exact else ", for example"
    yield f"{about}{_jobs(group.jobs)} of {group.task} ran because {first}"
    yield from (f"    and {other}" for other in others)
    looked = "" if group.exact else f" (one of {group.looked_at} that were looked at)"
    yield f"    Job {group.example.id}{shown}{looked}"


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count:,} jobs"
