"""The jobs of an execution by task: how they ended, how long they took, what called what.

Floor: recorder. Everything is one pass over columns.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import attrs
from redun.recorder.batch import JobStatus
from redun.recorder.reader_profile import NONE, JobColumns, calls_between_tasks

if TYPE_CHECKING:
    from redun.recorder.reader import Reader
    from redun.recorder.reader_records import ExecutionRecord

__all__ = ["TaskCalls", "TaskProfile", "task_calls", "task_profiles"]


@attrs.define
class TaskProfile:
    """The jobs of one task. Times are microseconds, of bodies alone: what a job waited for is not its own.

    Attributes
    ----------
    name : str
        Full name.
    counts : dict of JobStatus to int
    total, median, longest : int or None
        Of the jobs that ran; None if none did.
    saved : int
        What its replayed jobs did not have to take.
    memory : int or None
        The most bytes that a job had, where an executor measured that.
    """

    name: str
    counts: dict[JobStatus, int] = attrs.field(factory=dict)
    total: int | None = None
    median: int | None = None
    longest: int | None = None
    saved: int = 0
    memory: int | None = None

    @property
    def jobs(self) -> int:
        """Number of jobs in any state."""
        return sum(self.counts.values())


@attrs.frozen
class TaskCalls:
    """Which task called which.

    Attributes
    ----------
    counts : dict of (str, str) to int
        Calls, by the full names of caller and called.
    depths : dict of str to int
        The least number of calls from the root down to each task; 0 is the root.
    """

    counts: dict[tuple[str, str], int]
    depths: dict[str, int]


def task_profiles(columns: JobColumns) -> list[TaskProfile]:
    """Return the profile of each task, by name; versions of a task count as one."""
    profiles: dict[str, TaskProfile] = {}
    times: dict[str, list[int]] = {}
    names = [version.fullname for version in columns.versions]
    for row in range(len(columns)):
        name = names[columns.tasks[row]]
        profile = profiles.get(name)
        if profile is None:
            profile = profiles[name] = TaskProfile(name)
        status = JobStatus(columns.statuses[row])
        profile.counts[status] = profile.counts.get(status, 0) + 1
        profile.saved += columns.saved[row]
        if columns.durations[row] != NONE and status is not JobStatus.CACHED:
            times.setdefault(name, []).append(columns.durations[row])
        if row in columns.memory:
            profile.memory = max(profile.memory or 0, columns.memory[row])
    for name, taken in times.items():
        profile = profiles[name]
        profile.total, profile.median, profile.longest = sum(taken), round(median(taken)), max(taken)
    return [profiles[name] for name in sorted(profiles)]


def task_calls(reader: Reader, execution: ExecutionRecord, columns: JobColumns) -> TaskCalls:
    """Return which task called which, and how deep each lies."""
    names = [version.fullname for version in columns.versions]
    asked: dict[tuple[str, str], int] = {}
    depths: dict[str, int] = {}
    levels: list[int] = []
    for row in range(len(columns)):
        name, parent = names[columns.tasks[row]], columns.parents[row]
        level = 0
        if parent != NONE:
            level = levels[parent] + 1
            pair = names[columns.tasks[parent]], name
            asked[pair] = asked.get(pair, 0) + 1
        levels.append(level)
        depths[name] = min(level, depths.get(name, level))
    # A job stands below the first call that asked for it; the call graph knows the others too, of jobs that ended well.
    for (caller, called), count in calls_between_tasks(reader, execution).items():
        if caller in depths and called in depths:
            asked[caller, called] = max(count, asked.get((caller, called), 0))
    return TaskCalls(asked, depths)
