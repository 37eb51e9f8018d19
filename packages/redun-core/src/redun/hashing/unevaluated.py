"""Hashing around lazy values: calls that hold large values, and lazy values where there should be none.

Floor: hashing. A value that is given to a body or final as a result holds no lazy values but those that are kept as
they are (quotes, partial calls). Hashing goes through every object, so it meets the others at no cost of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import local
from typing import Any

from redun.hashing.values import Unevaluated, hash_value

__all__ = ["hash_concrete", "hash_held", "hash_lazy", "hash_parts", "refuse_lazy"]


class _Mode(local):
    concrete = False
    shared: dict[int, tuple[object, bytes]] | None = None


_mode = _Mode()

LARGE = 256
"""Items from which a container that is given to a call is hashed on its own."""

_SIZED = frozenset({list, tuple, dict, set, frozenset})


def hash_concrete(value: object, known: Mapping[int, bytes] | None = None) -> bytes:
    """Hash a value in which nothing may be lazy; `known` as for `hash_value`.

    Raises
    ------
    ExpressionError
        A lazy value lies in an object that is not looked into; the message says where.
    """
    before, _mode.concrete = _mode.concrete, True
    try:
        return hash_value(value, known)
    finally:
        _mode.concrete = before


def hash_lazy(value: object) -> bytes:
    """Hash a value that holds calls: a large container that is given to many of them is hashed once."""
    before, _mode.shared = _mode.shared, {}
    try:
        return hash_value(value)
    finally:
        _mode.shared = before


def hash_parts(parts: tuple[Any, ...]) -> bytes:
    """Hash what a lazy value is made of."""
    known: dict[int, bytes] | None = None
    for part in parts:
        if part.__class__ in _SIZED and len(part) >= LARGE:
            known = known or {}
            known[id(part)] = _hash_large(part)
    return hash_value(parts, known)


def _hash_large(value: object) -> bytes:
    shared = _mode.shared
    if shared is None:
        return hash_value(value)
    # The entry keeps the value alive, and so its id.
    found = shared.get(id(value))
    if found is None:
        found = shared[id(value)] = value, hash_value(value)
    return found[1]


def hash_held(value: object) -> bytes:
    """Hash what a quote or a partial call holds, which may be lazy."""
    before, _mode.concrete = _mode.concrete, False
    try:
        return hash_value(value)
    finally:
        _mode.concrete = before


def refuse_lazy(value: object) -> None:
    """Called by lazy values that are asked for their hash: raises where nothing may be lazy."""
    if _mode.concrete:
        raise Unevaluated(value)
