"""Hashes of large plain containers, taken once in an execution.

Floor: scheduler. One table may be given to many calls, wave after wave. What a body is given are copies of containers,
so only who made a container can change it; whether that happened shows in the identities of what it holds, which are
compared in a fiftieth of the time that hashing takes. Objects may change without that, and are hashed each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import Any

from redun.hashing.unevaluated import hash_concrete
from redun.value.shapes import SHAPES

__all__ = ["Remembering"]

LARGE = 256
"""Items from which remembering pays."""

KEPT = 2_000_000
"""Items of remembered containers, all together."""

_CONTAINERS = frozenset({list, tuple, dict, set, frozenset})
_PLAIN = _CONTAINERS | {int, float, bool, complex, str, bytes, type(None)}

_Blocks = list[list[Any]]


class Remembering:
    """Hashes values, and remembers the hashes of large plain ones."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, _Blocks, bytes]] = {}
        self._kept = 0

    def hash(self, value: Any) -> bytes:
        """Return the hash of a concrete value; raises as `hash_concrete` does."""
        if value.__class__ not in _CONTAINERS or not _is_large(value):
            return hash_concrete(value)
        blocks = _blocks(value)
        if blocks is None:
            return hash_concrete(value)
        known = self._known.get(id(value))
        # The entry holds the value, so its id is still its own.
        if known is not None and _same(blocks, known[1]):
            return known[2]
        hash_ = hash_concrete(value)
        self._forget(id(value))
        self._known[id(value)] = value, blocks, hash_
        self._kept += sum(map(len, blocks))
        while self._kept > KEPT:
            self._forget(next(iter(self._known)))
        return hash_

    def _forget(self, key: int) -> None:
        known = self._known.pop(key, None)
        if known is not None:
            self._kept -= sum(map(len, known[1]))


def _children(value: Any) -> Sequence[Any]:
    shape = SHAPES[value.__class__]
    assert shape is not None
    return shape.children(value)


def _is_large(value: Any) -> bool:
    return len(value) >= LARGE or any(
        part.__class__ in _CONTAINERS and len(part) >= LARGE for part in _children(value)
    )


def _blocks(value: Any) -> _Blocks | None:
    """Return what lies in each container; None if there is anything that may change without leaving a trace."""
    blocks: _Blocks = []
    seen: set[int] = set()
    stack = [value]
    while stack:
        container = stack.pop()
        if id(container) in seen:
            continue
        seen.add(id(container))
        children = _children(container)
        kinds = set(map(type, children))
        if not kinds <= _PLAIN:
            return None
        blocks.append(list(children))
        if not kinds.isdisjoint(_CONTAINERS):
            stack.extend([child for child in children if child.__class__ in _CONTAINERS])
    return blocks


def _same(blocks: _Blocks, others: _Blocks) -> bool:
    return len(blocks) == len(others) and all(
        len(block) == len(other) and all(map(is_, block, other))
        for block, other in zip(blocks, others, strict=True)
    )
