"""Nested values: finding what lies in them, and rebuilding them with substitutes.

Floor: values. `shapes` says which containers are looked into. Walks are iterative, so depth is bounded by memory alone,
and a container met twice is walked once: sharing is kept, cycles end.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any

from redun.value.shapes import LAZY, SHAPES, Lazy, Shape, attributes_of, is_container, shape_of

__all__ = [
    "LAZY",
    "Lazy",
    "Shape",
    "contains_lazy",
    "is_container",
    "is_flat",
    "is_holder",
    "lazies",
    "rebuild",
    "scan",
    "shape_of",
]


_MANY = 32
"""Parts from which it pays to ask for their types first."""


def lazies(value: object) -> list[Lazy]:
    """Return the lazy leaves of a nested value, leftmost first; one met twice is listed twice."""
    shape = shape_of(value.__class__)
    if shape is None:
        return []
    if shape is LAZY:
        return [value]  # type: ignore[list-item]
    found: list[Lazy] = []
    # Holding the containers keeps their ids from being used again during the walk.
    seen: dict[int, object] = {}
    stack: list[Any] = [value]
    known = SHAPES
    while stack:
        part = stack.pop()
        kind = part.__class__
        shape = known[kind] if kind in known else shape_of(kind)
        if shape is None:
            continue
        if shape is LAZY:
            found.append(part)
        elif id(part) not in seen:
            seen[id(part)] = part
            children = shape.children(part)
            if len(children) < _MANY or not _all_leaves(children):
                stack.extend(reversed(children))
    return found


_COPIED = frozenset({list, dict, set, tuple, frozenset, OrderedDict, defaultdict, deque})


def _all_leaves(parts: Sequence[Any]) -> bool:
    """Tell whether none of many parts is looked into: their few types are found faster than each is looked at."""
    return not any(map(shape_of, set(map(type, parts))))


def is_flat(container: Any) -> bool:
    """Tell whether a container is a built-in one that holds many leaves and nothing else."""
    if container.__class__ not in _COPIED or len(container) < _MANY:
        return False
    shape = shape_of(container.__class__)
    return shape is not None and _all_leaves(shape.children(container))


def contains_lazy(value: object) -> bool:
    """Tell whether a nested value holds a lazy leaf."""
    return bool(lazies(value))


class _Holders(dict[type, bool]):
    """Of each type, whether its values hold others that are not evaluated (quotes, partial calls); decided once."""

    def __missing__(self, kind: type) -> bool:
        holds = self[kind] = hasattr(kind, "__redun_holds__")
        return holds


is_holder: Callable[[type], bool] = _Holders().__getitem__


def scan(
    value: object, wanted: Callable[[type], bool], opened: Callable[[type], bool] | None = None
) -> list[Any]:
    """Return the distinct parts, whatever their depth, whose type is wanted.

    Lazy values are looked into too, and so are those that say by `__redun_holds__` what they hold.

    Parameters
    ----------
    value : object
        Any nested value.
    wanted : callable
        Tells of a type whether its values are to be returned; such values are not looked into.
    opened : callable, optional
        Tells of a type that is no container whether its attributes are looked at.
    """
    found: list[Any] = []
    seen: dict[int, object] = {}
    stack: list[Any] = [value]
    while stack:
        part = stack.pop()
        kind = part.__class__
        if wanted(kind):
            if id(part) not in seen:
                seen[id(part)] = part
                found.append(part)
            continue
        shape = shape_of(kind)
        holds = shape is None and is_holder(kind)
        if shape is None and not holds and (opened is None or not opened(kind)):
            continue
        if id(part) in seen:
            continue
        seen[id(part)] = part
        if holds:
            children = part.__redun_holds__()
        elif shape is None:
            children = attributes_of(part)
        else:
            children = part.__redun_flatten__()[1] if shape is LAZY else shape.children(part)
        if len(children) >= _MANY:
            kinds = set(map(type, children))
            if not any(
                wanted(kind)
                or is_holder(kind)
                or shape_of(kind) is not None
                or (opened is not None and opened(kind))
                for kind in kinds
            ):
                continue
        stack.extend(reversed(children))
    return found


def rebuild(value: Any, substitutes: Mapping[int, Any], *, all_leaves: bool = False) -> Any:
    """Return a copy of a nested value with its lazy leaves replaced; other leaves are shared.

    Parameters
    ----------
    value : object
        The template.
    substitutes : mapping
        From the `id` of each lazy leaf to what takes its place; leaves that are not in it stay.
    all_leaves : bool
        `substitutes` may name leaves of any type.
    """
    shape = shape_of(value.__class__)
    if shape is None:
        return substitutes.get(id(value), value) if all_leaves else value
    if shape is LAZY:
        return substitutes.get(id(value), value)
    done: dict[int, Any] = {}
    entered: dict[int, object] = {}
    stack: list[Any] = [value]
    while stack:
        container = stack[-1]
        shape = shape_of(container.__class__)
        assert shape is not None
        children = shape.children(container)
        if len(children) >= _MANY and not all_leaves and _all_leaves(children):
            stack.pop()
            # Not records, by Python's own means: their classes may have ideas about it.
            quick = container.__class__ in _COPIED
            done[id(container)] = copy(container) if quick else shape.build(container, list(children))
            continue
        if id(container) not in entered:
            entered[id(container)] = container
            inner = [part for part in children if is_container(part.__class__) and id(part) not in entered]
            if inner:
                stack.extend(inner)
                continue
        stack.pop()
        if id(container) in done:
            continue
        if all_leaves:
            parts = [substitutes.get(id(part), done.get(id(part), part)) for part in children]
        else:
            parts = [_replacement(part, substitutes, done) for part in children]
        done[id(container)] = shape.build(container, parts)
    return done[id(value)]


def _replacement(part: Any, substitutes: Mapping[int, Any], done: Mapping[int, Any]) -> Any:
    shape = shape_of(part.__class__)
    if shape is None:
        return part
    return substitutes.get(id(part), part) if shape is LAZY else done.get(id(part), part)
