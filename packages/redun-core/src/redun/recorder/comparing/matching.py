"""Which job of one execution is which job of the other.

Floor: recorder. From the root down, the jobs that two matched jobs called are matched: those with the same key, which
is code and arguments; then those with the same arguments; then, in their order, those whose arguments occur nowhere in
the other execution. A call that several jobs ask for is one job below one of them, so what is left is matched by key
and by arguments wherever it stands. All of it takes time in proportion to the number of jobs.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from redun.hashing.keys import args_hash
from redun.recorder.comparing import sql

if TYPE_CHECKING:
    from redun.recorder.comparing.jobs import Jobs
    from redun.recorder.reader import Reader

__all__ = ["NONE", "Matching"]

NONE = -1

_Known = Callable[["_Side", int], object]


class _Side:
    """One of the executions.

    Attributes
    ----------
    match : array of int
        The index in the other one, or -1.
    alone : bytearray
        1 for jobs whose arguments no job of the task has in the other one.
    """

    def __init__(self, jobs: Jobs, arguments: dict[bytes, bytes]) -> None:
        self.jobs = jobs
        self.arguments = arguments
        self.children = jobs.children()
        self.match = array("q", [NONE]) * len(jobs)
        self.alone = bytearray(len(jobs))

    def key(self, index: int) -> bytes:
        return self.jobs.keys[index]

    def call(self, index: int) -> tuple[str, bytes]:
        """Return by what a job is known whatever its code."""
        key = self.jobs.keys[index]
        return self.jobs.names[index], self.arguments.get(key, key)

    def find_alone(self, other: _Side) -> None:
        # Keys that both have are not among `arguments`.
        there = {other.call(index) for index, key in enumerate(other.jobs.keys) if key in other.arguments}
        for index, key in enumerate(self.jobs.keys):
            self.alone[index] = key in self.arguments and self.call(index) not in there

    def left(self, indexes: Iterable[int]) -> list[int]:
        return [index for index in indexes if self.match[index] == NONE]


class Matching:
    """The jobs of two executions, matched.

    Parameters
    ----------
    reader : Reader
    old, new : Jobs
    """

    def __init__(self, reader: Reader, old: Jobs, new: Jobs) -> None:
        arguments = _arguments(reader, {*old.keys}.symmetric_difference(new.keys))
        self._old, self._new = _Side(old, arguments), _Side(new, arguments)
        self._old.find_alone(self._new)
        self._new.find_alone(self._old)
        self._pending: deque[tuple[int, int]] = deque([(NONE, NONE)])
        self._descend()
        for known in (_Side.key, _Side.call):
            self._same(range(len(old)), range(len(new)), known)
            self._descend()

    @property
    def new_of_old(self) -> Sequence[int]:
        """The index of the new job by that of the old one, -1 for none."""
        return self._old.match

    @property
    def old_of_new(self) -> Sequence[int]:
        """The index of the old job by that of the new one, -1 for none."""
        return self._new.match

    def other_arguments(self, old: int, new: int) -> bool:
        """Tell whether the arguments of two jobs differ, whatever their code."""
        return self._old.call(old) != self._new.call(new)

    def _descend(self) -> None:
        """Match what matched jobs called."""
        while self._pending:
            above_old, above_new = self._pending.popleft()
            before = self._old.children.get(above_old, ())
            after = self._new.children.get(above_new, ())
            if before and after:
                self._same(before, after, _Side.key)
                self._same(before, after, _Side.call)
                self._in_order(before, after)

    def _in_order(self, before: Iterable[int], after: Iterable[int]) -> None:
        old, new = self._old, self._new
        waiting: dict[str, deque[int]] = {}
        for index in new.left(after):
            if new.alone[index]:
                waiting.setdefault(new.jobs.names[index], deque()).append(index)
        for index in old.left(before):
            if old.alone[index] and (others := waiting.get(old.jobs.names[index])):
                self._pair(index, others.popleft())

    def _same(self, before: Iterable[int], after: Iterable[int], known: _Known) -> None:
        """Match jobs that are known by the same."""
        rest = self._old.left(before)
        if not rest:
            return
        there: dict[object, deque[int]] = {}
        for index in self._new.left(after):
            there.setdefault(known(self._new, index), deque()).append(index)
        for index in rest:
            if found := there.get(known(self._old, index)):
                self._pair(index, found.popleft())

    def _pair(self, old: int, new: int) -> None:
        self._old.match[old] = new
        self._new.match[new] = old
        self._pending.append((old, new))


def _arguments(reader: Reader, keys: set[bytes]) -> dict[bytes, bytes]:
    """Return a hash of the arguments behind each eval hash."""
    # A call without arguments has none on record.
    found = dict.fromkeys(keys, b"")
    names: list[str] = []
    hashes: list[bytes] = []
    current: bytes | None = None
    # In order, so that neighbours find their page at hand.
    for key, name, value in reader.database.many(sql.ARGUMENT_HASHES, sorted(keys)):
        if key != current:
            if current is not None:
                found[current] = args_hash(tuple(names), hashes)
            current, names, hashes = key, [], []
        names.append(name)
        hashes.append(value)
    if current is not None:
        found[current] = args_hash(tuple(names), hashes)
    return found
