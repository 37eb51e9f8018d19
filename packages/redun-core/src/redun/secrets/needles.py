"""Many texts looked for in one.

Floor: secrets. Few are looked for one by one, which is fast; of many, those whose first characters occur.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

__all__ = ["Needles"]

N = TypeVar("N", str, bytes)

FEW = 200
FIRST = 4
"""Characters that every needle has."""


class Needles(Generic[N]):
    """Texts, or bytes, to look for; adding one is safe while another thread is looking.

    Examples
    --------
    >>> needles: Needles[str] = Needles()
    >>> needles.add(["hunter2", "hunter"])
    >>> needles.found("the hunter2 again")
    ['hunter2', 'hunter']
    """

    def __init__(self) -> None:
        self._all: dict[N, None] = {}
        self._by_first: dict[N, list[N]] = {}
        self.longest = 0

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[N]:
        return iter(list(self._all))

    def add(self, needles: Iterable[N]) -> None:
        """Add some; each has at least four characters."""
        for needle in needles:
            if needle not in self._all:
                self._by_first.setdefault(needle[:FIRST], []).append(needle)
                self._all[needle] = None
                self.longest = max(self.longest, len(needle))

    def found(self, text: N) -> list[N]:
        """Return those that occur in a text, the longest first: one may begin with another."""
        return sorted((needle for needle in self._candidates(text) if needle in text), key=len, reverse=True)

    def occur(self, text: N) -> bool:
        """Tell whether one occurs in a text."""
        return any(needle in text for needle in self._candidates(text))

    def _candidates(self, text: N) -> Iterable[N]:
        if len(self._all) <= FEW:
            return list(self._all)
        firsts = {text[start : start + FIRST] for start in range(len(text) - FIRST + 1)}
        return [needle for first in firsts & self._by_first.keys() for needle in self._by_first[first]]
