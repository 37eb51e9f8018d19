"""What can be wrong with a record, what it means, and what to do.

Floor: retention.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

import attrs

__all__ = ["ADVICE", "Advice", "Problem", "Severity"]


class Severity(Enum):
    """How bad it is."""

    PROBLEM = "problem"
    REMARK = "remark"
    """Nothing is wrong: something may be tidied up."""


class Advice(NamedTuple):
    """What a kind of problem means, and what to do about it."""

    meaning: str
    action: str
    severity: Severity = Severity.PROBLEM


@attrs.frozen
class Problem:
    """One thing that is wrong.

    Attributes
    ----------
    kind : str
        A key of `ADVICE`.
    subject : str
        What it is about: ids that `redun log` takes, or a path.
    detail : str
    """

    kind: str
    subject: str
    detail: str = ""


_RERUN = "run the workflow again with --no-cache: it records this anew"
_RESTORE = "restore a backup (`redun db backup` makes one), or move the database away and begin a new one"

ADVICE = {
    "damaged": Advice(
        "The file of the database is damaged: a disk, a copy or a network drive failed.", _RESTORE
    ),
    "schema": Advice(
        "The tables are not those of this version of redun.", "`redun db upgrade`, or install that redun"
    ),
    "reference": Advice(
        "A row refers to another that is not there: something was deleted by hand.", _RESTORE
    ),
    "call hash": Advice(
        "A call is not what its hash says: its key, its result or the calls below were changed.",
        "do not rely on what this call shows; " + _RERUN,
    ),
    "eval hash": Advice(
        "The key of a call does not follow from its task and its arguments: one of them was changed.",
        "do not rely on the arguments shown; " + _RERUN,
    ),
    "task set": Advice(
        "The tasks that a call depends on are not those that were recorded: it may be replayed when it should not.",
        _RERUN,
    ),
    "code": Advice(
        "A text of source code is not what its hash says.", "do not rely on the code shown by `redun why`"
    ),
    "value": Advice("The bytes of a value are not what its hash says.", _RERUN),
    "payload": Advice(
        "The file of a large value is gone or damaged: the calls that returned it run again when it is needed.",
        "put the file back from a backup, or let the calls run again",
    ),
    "file": Advice(
        "The index of files names a value that is none.", "`redun log PATH` may show too much; " + _RESTORE
    ),
    "job": Advice(
        "The tree of an execution's jobs does not hold together.", "remove the execution: `redun db gc`"
    ),
    "crashed": Advice(
        "An execution is recorded as running, and its process is gone.",
        "nothing: the next run closes its record, and takes up what it finished",
        Severity.REMARK,
    ),
    "unreachable": Advice(
        "Rows that no execution leads to.", "`redun db gc --unreachable-only` removes them", Severity.REMARK
    ),
    "stray payload": Advice(
        "A file in the value store that no value names, left by a process that was killed.",
        "`redun db gc --unreachable-only` removes it",
        Severity.REMARK,
    ),
}
"""By kind, in the order in which problems are shown."""
