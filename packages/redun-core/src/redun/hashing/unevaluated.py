"""Lazy values inside of objects that are not looked into, found when such an object is hashed.

Floor: hashing. A value that is given to a body or final as a result holds no lazy values but those that are kept as
they are (quotes, partial calls). Hashing goes through every object, so it meets the others at no cost of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import local

from redun.hashing.values import Unevaluated, hash_value

__all__ = ["hash_concrete", "hash_held", "refuse_lazy"]


class _Mode(local):
    concrete = False


_mode = _Mode()


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
