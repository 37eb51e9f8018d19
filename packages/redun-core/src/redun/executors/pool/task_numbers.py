"""Tasks by numbers, so that where one is found is told to a worker once and not with each call.

Floor: executors.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from redun.errors import ExecutorError
from redun.executors.remote.location import Locations

if TYPE_CHECKING:
    from redun.executors.pool.crew import Crew
    from redun.executors.remote.location import Location
    from redun.task.task import Task

__all__ = ["FoundAt", "TaskNumbers"]


class FoundAt(NamedTuple):
    """What a worker needs to load a task.

    Attributes
    ----------
    location : Location or None
        None for what only a fork of the scheduler's process knows.
    fullname : str
    digest : bytes
        The hash of the task.
    modules : sequence of (str, str or None, str)
        What defines tasks that arguments may name; see `Locations.modules`.
    parts : mapping of str to str
        What the hash was made of.
    """

    location: Location | None
    fullname: str
    digest: bytes
    modules: Sequence[tuple[str, str | None, str]]
    parts: Mapping[str, str]


class TaskNumbers:
    """Gives each version of a task a number.

    Parameters
    ----------
    root : str
        The project's folder.
    forks : Crew or None
        The workers, if they are forks of this process: these know the tasks that were there when they began.
    """

    def __init__(self, root: str, forks: Crew | None) -> None:
        self._locations = Locations(root)
        self._forks = forks
        self._known: dict[bytes, tuple[int, bytes]] = {}

    def number(self, task: Task[..., Any]) -> int:
        """Return the number of a task.

        Raises
        ------
        ExecutorError
            No other process can find it.
        """
        digest = task.digest
        known = self._known.get(digest)
        if known is None:
            if self._forks is not None and not self._forks.knows(task.fullname):
                self._forks.renew()
            locations = self._locations
            at = self._location(task)
            found = FoundAt(at, task.fullname, digest, locations.modules(), locations.parts(task))
            known = self._known[digest] = len(self._known) + 1, pickle.dumps(found, 5)
        return known[0]

    def described(self, task: Task[..., Any]) -> bytes:
        """Return the `FoundAt` of a task that has a number, pickled."""
        return self._known[task.digest][1]

    def _location(self, task: Task[..., Any]) -> Location | None:
        try:
            # Workers have the whole import path anyway.
            return attrs.evolve(self._locations.of(task), import_paths=())
        except ExecutorError:
            if self._forks is None:
                raise
            return None
