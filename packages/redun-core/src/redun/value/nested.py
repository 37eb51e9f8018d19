"""Nested values: which containers are looked into, and how they are rebuilt.

Floor: values. Lists, tuples, sets, frozensets, dicts (keys and values), deques, OrderedDicts, defaultdicts,
NamedTuples, dataclasses and attrs classes are looked into; everything else is a leaf. Walks are iterative, so
depth is bounded by memory alone, and a container met twice is walked once: sharing is kept, cycles end.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from enum import Enum
from typing import Any

__all__ = [
    "LAZY",
    "Lazy",
    "Shape",
    "contains_lazy",
    "is_container",
    "is_holder",
    "lazies",
    "rebuild",
    "scan",
    "shape_of",
]


_MANY = 32
"""Parts from which it pays to ask for their types first."""


class Lazy:
    """Marker of values that are not there yet (expressions).

    A subclass tells its nested parts and can be made again from others, so that values holding it are walked,
    hashed and stored without recursion.
    """

    __slots__ = ()

    def __redun_flatten__(self) -> tuple[object, tuple[Any, ...]]:
        """Return what is static (small and picklable) and a tuple of nested parts."""
        raise TypeError(f"{type(self).__qualname__} does not say what it is made of")

    @classmethod
    def __redun_unflatten__(cls, static: Any, parts: tuple[Any, ...]) -> Lazy:
        """Make the value again from what `__redun_flatten__` returned."""
        raise TypeError(f"{cls.__qualname__} cannot be made again")


class Shape:
    """How one container type is taken apart and put together.

    Attributes
    ----------
    children : callable
        From a container to its direct parts.
    build : callable
        From a container of this type and new parts to a new container.
    """

    __slots__ = ("build", "children")

    def __init__(
        self, children: Callable[[Any], Sequence[Any]], build: Callable[[Any, list[Any]], Any]
    ) -> None:
        self.children = children
        self.build = build


def _dict_children(value: dict[Any, Any]) -> list[Any]:
    parts = list(value)
    parts.extend(value.values())
    return parts


def _dict_pairs(parts: list[Any]) -> Iterator[tuple[Any, Any]]:
    half = len(parts) // 2
    return zip(parts[:half], parts[half:], strict=True)


def _identity(value: Any) -> Any:
    return value


LAZY = Shape(lambda value: (), lambda old, parts: old)
"""Stands for the shape of lazy values, which are leaves of the walks here."""

_SHAPES: dict[type, Shape | None] = {
    list: Shape(_identity, lambda old, parts: parts),
    tuple: Shape(_identity, lambda old, parts: tuple(parts)),
    set: Shape(list, lambda old, parts: set(parts)),
    frozenset: Shape(list, lambda old, parts: frozenset(parts)),
    dict: Shape(_dict_children, lambda old, parts: dict(_dict_pairs(parts))),
    OrderedDict: Shape(_dict_children, lambda old, parts: OrderedDict(_dict_pairs(parts))),
    defaultdict: Shape(
        _dict_children, lambda old, parts: defaultdict(old.default_factory, _dict_pairs(parts))
    ),
    deque: Shape(list, lambda old, parts: deque(parts, old.maxlen)),
    **dict.fromkeys((int, float, str, bytes, bool, complex, type(None), bytearray, type)),
}


def shape_of(kind: type) -> Shape | None:
    """Return how a type is looked into, `LAZY` for a lazy value, None for a leaf; decided once per type."""
    try:
        return _SHAPES[kind]
    except KeyError:
        shape = _SHAPES[kind] = _find_shape(kind)
        return shape


def _find_shape(kind: type) -> Shape | None:
    if issubclass(kind, Lazy):
        return LAZY
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return Shape(_identity, lambda old, parts: tuple.__new__(kind, parts))
    if "__dataclass_fields__" in dir(kind):
        import dataclasses

        fields = kind.__dataclass_fields__.values()  # type: ignore[attr-defined]
        # _field_type tells real fields from ClassVar and InitVar pseudo-fields.
        ordinary = dataclasses._FIELD  # type: ignore[attr-defined]
        return _record_shape(kind, [field.name for field in fields if field._field_type is ordinary])
    if hasattr(kind, "__attrs_attrs__"):
        return _record_shape(kind, [attribute.name for attribute in kind.__attrs_attrs__])
    return None


def _record_shape(kind: type, names: list[str]) -> Shape | None:
    if not names or issubclass(kind, (BaseException, Enum)):
        return None
    missing = object()

    def children(value: Any) -> list[Any]:
        return [getattr(value, name, missing) for name in names]

    def build(old: Any, parts: list[Any]) -> Any:
        # Past any frozen __setattr__, and without __init__: it may have another signature or side effects.
        new = _blank(old, kind)
        for name, state in _state(old):
            object.__setattr__(new, name, state)
        for name, part in zip(names, parts, strict=True):
            if part is not missing:
                object.__setattr__(new, name, part)
        return new

    return Shape(children, build)


def _blank(old: Any, kind: type) -> Any:
    try:
        return object.__new__(kind)
    except TypeError:
        # A record that is also a list, a dict, a str …: what it holds as such comes along.
        return copy(old)


def _state(value: Any) -> Iterator[tuple[str, Any]]:
    yield from getattr(value, "__dict__", {}).items()
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                yield name, getattr(value, name)


def is_container(kind: type) -> bool:
    """Tell whether values of a type are looked into."""
    shape = shape_of(kind)
    return shape is not None and shape is not LAZY


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
    known = _SHAPES
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


def contains_lazy(value: object) -> bool:
    """Tell whether a nested value holds a lazy leaf."""
    return bool(lazies(value))


class _Holders(dict[type, bool]):
    """Of each type, whether its values hold others that are not evaluated (quotes, partial calls); decided once."""

    def __missing__(self, kind: type) -> bool:
        holds = self[kind] = hasattr(kind, "__redun_holds__")
        return holds


is_holder: Callable[[type], bool] = _Holders().__getitem__


def scan(value: object, wanted: Callable[[type], bool]) -> list[Any]:
    """Return the distinct parts, whatever their depth, whose type is wanted.

    Lazy values are looked into too, and so are those that say by `__redun_holds__` what they hold.

    Parameters
    ----------
    value : object
        Any nested value.
    wanted : callable
        Tells of a type whether its values are to be returned; such values are not looked into.
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
        if shape is None and not is_holder(kind):
            continue
        if id(part) in seen:
            continue
        seen[id(part)] = part
        if shape is None:
            children = part.__redun_holds__()
        else:
            children = part.__redun_flatten__()[1] if shape is LAZY else shape.children(part)
        stack.extend(reversed(children))
    return found


def rebuild(value: Any, substitutes: Mapping[int, Any]) -> Any:
    """Return a copy of a nested value with its lazy leaves replaced; other leaves are shared.

    Parameters
    ----------
    value : object
        The template.
    substitutes : mapping
        From the `id` of each lazy leaf to what takes its place; leaves that are not in it stay.
    """
    shape = shape_of(value.__class__)
    if shape is None:
        return value
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
        if len(children) >= _MANY and _all_leaves(children):
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
        parts = [_replacement(part, substitutes, done) for part in children]
        done[id(container)] = shape.build(container, parts)
    return done[id(value)]


def _replacement(part: Any, substitutes: Mapping[int, Any], done: Mapping[int, Any]) -> Any:
    shape = shape_of(part.__class__)
    if shape is None:
        return part
    return substitutes.get(id(part), part) if shape is LAZY else done.get(id(part), part)
