"""The call that is to be explained: a job of the record, or one that a dry run stopped at.

Floor: recorder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import attrs
from redun.hashing.keys import eval_hash, kept
from redun.recorder.explaining.code import Version

if TYPE_CHECKING:
    from redun.recorder.reader_records import ArgumentRecord

__all__ = ["DEEPEST", "MOST_SIBLINGS", "NOWHERE", "Place", "Subject", "key_with", "left_out"]

MOST_SIBLINGS = 5_000
"""Nor are the calls of a job that made more of the same task."""

_MOST_ARGUMENTS = 10

Place = tuple[tuple[str, int], ...]
"""From the root down: the task of each job, and how many jobs of that task its parent had made before."""

NOWHERE: Place = ()

DEEPEST = 500
"""Jobs deeper in the tree are not looked for by their place."""


@attrs.frozen
class Subject:
    """A call.

    Attributes
    ----------
    task : str
        Full name.
    version : Version
    key : bytes
    arguments : sequence of ArgumentRecord
    left_out : frozenset of str
        Arguments that are no part of the key.
    root : str
        Full name of the execution's first task.
    before : int
        Executions with lesser keys are earlier ones.
    place : callable
        Returns where it stands in the tree of jobs; `NOWHERE` if that is not known.
    still_made : callable
        Tells whether the call with a key is made in the same execution.
    """

    task: str
    version: Version
    key: bytes
    arguments: Sequence[ArgumentRecord]
    left_out: frozenset[str]
    root: str
    before: int
    place: Callable[[], Place]
    still_made: Callable[[bytes], bool]


def key_with(version: bytes, arguments: Iterable[ArgumentRecord], without: Iterable[str]) -> bytes:
    """Return the key of a call of a task version with these arguments."""
    given = list(arguments)
    names = tuple([argument.name for argument in given])
    return eval_hash(version, *kept(names, [argument.value.hash for argument in given], frozenset(without)))


def left_out(version: bytes, arguments: Sequence[ArgumentRecord], key: bytes) -> frozenset[str] | None:
    """Find which arguments are no part of a key (`config_args`); None if the key is not of this version."""
    if key_with(version, arguments, ()) == key:
        return frozenset()
    names = [argument.name for argument in arguments]
    if len(names) <= _MOST_ARGUMENTS:
        for count in range(1, len(names) + 1):
            for without in combinations(names, count):
                if key_with(version, arguments, without) == key:
                    return frozenset(without)
    return None
