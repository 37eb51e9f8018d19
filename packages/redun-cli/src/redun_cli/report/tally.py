"""Counting jobs by task and state, and the table of the counts as plain text.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redun.recorder.batch import JobStatus

if TYPE_CHECKING:
    from redun.scheduler.events import Transition

__all__ = ["ORDER", "Tally", "table_lines"]

ORDER = (
    JobStatus.DONE,
    JobStatus.CACHED,
    JobStatus.FAILED,
    JobStatus.RUNNING,
    JobStatus.CANCELLED,
    JobStatus.LOST,
)
"""In which order the states of jobs are told where they are counted in words."""

_ALWAYS = ("PENDING", "RUNNING", "FAILED", "CACHED", "DONE")
_RARE = ("CANCELLED", "LOST")


class Tally:
    """How many jobs of each task are in which state.

    Only jobs that are under way are remembered one by one, so the memory needed does not grow with the execution.
    """

    def __init__(self) -> None:
        self._counts: dict[str, list[int]] = {}
        self._under_way: dict[int, tuple[list[int], JobStatus]] = {}

    def add(self, transitions: Sequence[Transition]) -> None:
        """Take note of jobs that changed their state."""
        counts, under_way = self._counts, self._under_way
        open_ = (JobStatus.RUNNING, JobStatus.PENDING)
        for job, status in transitions:
            row = counts.get(job.task_name)
            if row is None:
                row = counts[job.task_name] = [0] * len(JobStatus)
            before = under_way.pop(job.number, None)
            if before is not None:
                row[before[1]] -= 1
            elif job.replayed and status is not JobStatus.CACHED:
                # What its body had returned was replayed, and something in it failed.
                row[JobStatus.CACHED] -= 1
            if status in open_:
                under_way[job.number] = row, status
            row[status] += 1

    def end(self) -> None:
        """Count what is still under way as cancelled, as the record does when an execution ends."""
        for row, status in self._under_way.values():
            row[status] -= 1
            row[JobStatus.CANCELLED] += 1
        self._under_way.clear()

    def columns(self) -> list[str]:
        """Return the names of the columns; states that only interrupted executions have appear when they occur."""
        rare = [name for name in _RARE if any(row[JobStatus[name]] for row in self._counts.values())]
        return [*_ALWAYS, *rare, "TOTAL"]

    def rows(self) -> list[tuple[str, list[int]]]:
        """Return the counts in the order of `columns`: all tasks together, then each task by name."""
        columns = self.columns()
        rows = [(task, _shown(counts, columns)) for task, counts in sorted(self._counts.items())]
        everything = [sum(counts) for counts in zip(*self._counts.values(), strict=True)] or [0] * len(
            JobStatus
        )
        return [("ALL", _shown(everything, columns)), *rows]


def _shown(counts: list[int], columns: list[str]) -> list[int]:
    by_name = {status.name: counts[status] for status in JobStatus}
    return [sum(counts) if name == "TOTAL" else by_name.get(name, 0) for name in columns]


def table_lines(tally: Tally, moment: str) -> list[str]:
    """Render the table: a heading with the moment, the columns, a rule, and one line per task."""
    columns, rows = tally.columns(), tally.rows()
    width = max(len(task) for task, _ in rows)
    widths = [max(7, len(column)) for column in columns]

    def line(first: str, cells: Sequence[object]) -> str:
        return f"| {first:<{width}} " + " ".join(
            f"{cell:>{w}}" for cell, w in zip(cells, widths, strict=True)
        )

    return [
        "",
        f"| JOB STATUS {moment}",
        line("TASK", columns),
        "|",
        *(line(task, row) for task, row in rows),
        "",
    ]
