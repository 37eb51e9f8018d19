"""What an explanation says.

Floor: recorder.
"""

from __future__ import annotations

from enum import StrEnum

import attrs
from redun.recorder.batch import Reason
from redun.recorder.reader_records import ExecutionRecord, JobRecord, TaskRecord

__all__ = ["Cause", "CauseKind", "Explanation", "Group", "Match"]


class CauseKind(StrEnum):
    """What differs, as documents spell it."""

    CODE = "code"
    """The task's own code."""
    HELPER = "helper"
    """A function, class, constant or import of the project that the task uses."""
    VERSION = "version"
    """`version=` of the task."""
    INCLUDES = "includes"
    """A value of `hash_includes`."""
    ARGUMENT = "argument"
    FILE = "file"
    """What a file held that was given."""
    OPTION = "option"
    PLUGIN = "plugin"
    """A plugin that hashes values or tasks."""
    INVALID = "invalid"
    """A file of the recorded result is gone or another one."""
    LOST = "lost"
    """The recorded result is gone or cannot be read."""
    SECRET = "secret"
    """The recorded result holds a secret, which is not kept."""
    UNTRUSTED = "untrusted"
    """The recorded result is not signed with a key that is accepted."""
    FAILED = "failed"
    """The earlier call did not come to a result."""
    BELOW = "below"
    """The code of a task below."""
    CONTEXT = "context"
    """The context that was read."""
    NEW = "new"
    """No earlier call is like it."""
    FIRST = "first"
    """The task was never called before."""
    UNKNOWN = "unknown"


@attrs.frozen
class Cause:
    """One difference.

    Attributes
    ----------
    kind : CauseKind
    name : str
        Which helper, argument, option, plugin, or task below.
    old, new : str or None
        What it was and is: previews, versions, sizes and digests; None where there is none.
    path : str or None
        Of a file.
    via : tuple of str
        From the task's code to the helper: the parts in between, itself first.
    diff : tuple of str
        Lines of a unified diff of code, or of the differences between two values.
    within : tuple of Cause
        Of a task below: what of its code.
    """

    kind: CauseKind
    name: str = ""
    old: str | None = None
    new: str | None = None
    path: str | None = None
    via: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()
    within: tuple[Cause, ...] = ()


class Match(StrEnum):
    """By what the nearest earlier call was found."""

    KEY = "the same call"
    ARGUMENTS = "the same arguments"
    PLACE = "the same place in the tree of jobs"
    SHARED = "most arguments in common"


@attrs.frozen
class Explanation:
    """Why a job ran, or where its result came from.

    Attributes
    ----------
    job : JobRecord
    reason : Reason
        What was decided when it was about to run.
    earlier : JobRecord or None
        The nearest earlier call; of a cached job, the one that made the result.
    execution : ExecutionRecord or None
        The execution of `earlier`.
    match : Match or None
        By what it was found.
    causes : tuple of Cause
        All differences; empty for a cached job.
    code : TaskRecord or None
        Of a cached job, the version of the task that made the result.
    repository : str or None
        Of a cached job whose result was pulled, from where.
    """

    job: JobRecord
    reason: Reason
    earlier: JobRecord | None = None
    execution: ExecutionRecord | None = None
    match: Match | None = None
    causes: tuple[Cause, ...] = ()
    code: TaskRecord | None = None
    repository: str | None = None


@attrs.frozen
class Group:
    """Jobs of an execution that ran for the same cause.

    Attributes
    ----------
    task : str
    causes : tuple of Cause
    jobs : int
        How many; an extrapolation unless `exact`.
    exact : bool
    looked_at : int
        How many of them were looked at one by one.
    of : int
        Jobs of this task that ran.
    example : JobRecord
    earlier : JobRecord or None
        With which the example was compared.
    """

    task: str
    causes: tuple[Cause, ...]
    jobs: int
    exact: bool
    looked_at: int
    of: int
    example: JobRecord
    earlier: JobRecord | None
