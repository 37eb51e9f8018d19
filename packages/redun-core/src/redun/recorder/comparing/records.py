"""What a comparison says.

Floor: recorder.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import attrs
from redun.recorder.explaining.records import Cause
from redun.recorder.reader_records import JobRecord

__all__ = ["Change", "ChangedExecution", "Difference", "TaskDifference", "VersionChange"]


class Change(StrEnum):
    """What may differ of a job, as documents spell it."""

    ADDED = "added"
    REMOVED = "removed"
    CODE = "code"
    INPUTS = "inputs"
    RESULT = "result"
    STATUS = "status"
    TIME = "time"


@attrs.frozen
class TaskDifference:
    """Jobs of one task, counted.

    Attributes
    ----------
    task : str
    before, after : int
        Jobs in the first and in the second execution.
    counts : mapping from Change to int
        Jobs by what differs; one whose code and result changed counts for both.
    same : int
        Jobs of which nothing differs.
    ran : tuple of int
        How many ran, and were not replayed, in the first and in the second execution.
    took : tuple of int
        Microseconds that its jobs ran in the first and in the second execution.
    """

    task: str
    before: int
    after: int
    counts: Mapping[Change, int]
    same: int
    ran: tuple[int, int]
    took: tuple[int, int]


@attrs.frozen
class Difference:
    """A job that differs.

    Attributes
    ----------
    task : str
    old, new : JobRecord or None
        In the first and in the second execution.
    changes : tuple of Change
    inputs : tuple of Cause
        Arguments and files that differ.
    results : tuple of str or None
        Previews of both results, if they differ.
    """

    task: str
    old: JobRecord | None
    new: JobRecord | None
    changes: tuple[Change, ...]
    inputs: tuple[Cause, ...] = ()
    results: tuple[str | None, str | None] = (None, None)


@attrs.frozen
class VersionChange:
    """A task whose code is another one.

    Attributes
    ----------
    task : str
    old, new : str
        Hashes of the versions, 40 hex digits.
    causes : tuple of Cause
    """

    task: str
    old: str
    new: str
    causes: tuple[Cause, ...]


@attrs.frozen
class ChangedExecution:
    """A property of executions that differs; values are texts, None where there is none."""

    name: str
    old: str | None
    new: str | None
