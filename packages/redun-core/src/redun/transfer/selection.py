"""Find out which records go with what somebody asked for: everything that it came from and was made of.

Floor: transfer. What the other side has already is left out, and so is what lies below it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

import attrs

from redun.recorder.reader_database import Database, Row
from redun.transfer import questions as sql
from redun.transfer.wanted import Wanted

__all__ = ["EVERYTHING", "Nobody", "Other", "Roots", "Selection"]

PAGE = 5_000
CHUNK = 500


class Other(Protocol):
    """The side that gets the records."""

    def known(self, kind: str, hashes: Sequence[bytes]) -> Collection[bytes]:
        """Return those records of a kind (`call`, `value`, `task`) that need not be sent."""

    def has_execution(self, identity: bytes, jobs: int) -> bool:
        """Tell whether it has all of an execution that is over and has so many jobs."""


class Nobody:
    """A side that has nothing, such as a file."""

    def known(self, kind: str, hashes: Sequence[bytes]) -> Collection[bytes]:
        return ()

    def has_execution(self, identity: bytes, jobs: int) -> bool:
        return False


@attrs.frozen
class Roots:
    """What somebody asked for; with `everything`, all that there is.

    Attributes
    ----------
    executions : tuple of int
        Their keys.
    calls, tasks, values : tuple of bytes
        Their hashes.
    """

    executions: tuple[int, ...] = ()
    calls: tuple[bytes, ...] = ()
    tasks: tuple[bytes, ...] = ()
    values: tuple[bytes, ...] = ()
    everything: bool = False


EVERYTHING = Roots(everything=True)


class Selection:
    """The records of a repository that are to be sent.

    Parameters
    ----------
    database : Database
    other : Other
    """

    def __init__(self, database: Database, other: Other) -> None:
        self.wanted = Wanted()
        self.executions: list[int] = []
        """Keys of those that are sent."""
        self.everything = False
        self.skipped: list[int] = []
        """Keys of those that the other side has: their tags are sent all the same."""
        self._database = database
        self._other = other

    def close(self) -> None:
        """Forget everything."""
        self.wanted.close()

    def gather(self, roots: Roots, looked_at: Callable[[int], None] = lambda _: None) -> None:
        """Add what somebody asked for, and what belongs to it; `looked_at` is told of numbers of calls and jobs."""
        self._looked_at = looked_at
        self.everything = roots.everything
        executions: Iterable[int] = roots.executions
        if roots.everything:
            executions = (key for (key,) in self._table(sql.ALL_EXECUTIONS, first=0))
        for key in executions:
            self._execution(key)
        self._calls(roots.calls)
        self._values(roots.values)
        self._add("task", roots.tasks)
        if roots.everything:
            for page in _chunks((one for (one,) in self._table(sql.ALL_CALLS)), PAGE):
                self._calls(page)
            for page in _chunks((one for (one,) in self._table(sql.ALL_VALUES)), PAGE):
                self._values(page)
            for page in _chunks((one for (one,) in self._table(sql.ALL_TASKS)), PAGE):
                self._add("task", page)
            for page in _chunks((one for (one,) in self._table(sql.ALL_HANDLES)), PAGE):
                self.wanted.add("handle", page)
        self._handles()

    def _table(self, question: str, first: object = b"") -> Iterator[Row]:
        last = first
        while rows := self._database.rows(question, last, PAGE):
            yield from rows
            last = rows[-1][0]

    def _execution(self, key: int) -> None:
        if key in self.executions or key in self.skipped:
            return
        (row,) = self._database.many(sql.EXECUTIONS, [key])
        ((jobs,),) = self._database.rows(sql.COUNT_JOBS, key)
        # 0 is an execution that runs, and 5 one that was taken for dead: more may come of it.
        if row[4] not in (0, 5) and self._other.has_execution(row[1], jobs):
            self.skipped.append(key)
            return
        self.executions.append(key)
        last = -1
        while rows := self._database.rows(sql.JOB_KEYS, key, last, PAGE):
            last = rows[-1][0]
            self._add("task", (task for _, _, task, _ in rows))
            sources = self._evaluations({eval_hash: task for _, eval_hash, task, _ in rows if eval_hash})
            self._calls([*(call for *_, call in rows if call is not None), *sources])

    def _add(self, kind: str, hashes: Iterable[bytes]) -> list[bytes]:
        fresh = self.wanted.without(kind, hashes)
        known = self._other.known(kind, fresh) if fresh else ()
        return self.wanted.add(kind, [one for one in fresh if one not in known] if known else fresh)

    def _calls(self, hashes: Sequence[bytes]) -> None:
        """Want calls, those that they made, and those whose results they were given."""
        frontier = self._add("call", hashes)
        while frontier:
            below: list[bytes] = []
            for chunk in _chunks(frontier, CHUNK):
                below += self._chunk_of_calls(chunk)
            frontier = self._add("call", below)

    def _chunk_of_calls(self, hashes: Sequence[bytes]) -> list[bytes]:
        rows = list(self._database.many(sql.CALLS, hashes))
        self._looked_at(len(rows))
        self._add("task", {task for _, task, *_ in rows})
        self._values({row[3] for row in rows})
        self.wanted.add("task_set", {row[4] for row in rows if row[4] is not None})
        sources = self._evaluations({row[2]: row[1] for row in rows if row[2]})
        return [child for _, child in self._database.many(sql.EDGES, hashes)] + sources

    def _evaluations(self, keys: dict[bytes, bytes]) -> list[bytes]:
        """Want cache keys, each with its task; return the calls that their arguments came from."""
        fresh = self.wanted.add_pairs("evaluation", keys.items())
        values: set[bytes] = set()
        for question in (sql.EVALUATIONS, sql.FOREIGN_EVALUATIONS):
            values.update(value for _, value in self._database.many(question, fresh))
        values.update(row[3] for row in self._database.many(sql.ARGUMENTS, fresh))
        self._values(values)
        return [source for _, _, source in self._database.many(sql.FLOWS, fresh)]

    def _values(self, hashes: Iterable[bytes]) -> None:
        frontier = self._add("value", hashes)
        while frontier:
            parts = {child for _, child in self._database.many(sql.PARTS, frontier)}
            frontier = self._add("value", parts) if parts else []

    def _handles(self) -> None:
        for page in self.wanted.pages("value"):
            frontier = [row[0] for row in self._database.many(sql.HANDLES, page)]
            while frontier := self.wanted.add("handle", frontier):
                frontier = [child for _, child in self._database.many(sql.HANDLE_EDGES, frontier)]


def _chunks(items: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
