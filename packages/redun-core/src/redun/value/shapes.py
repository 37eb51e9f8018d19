"""Shapes: which containers are looked into, how they are taken apart and put together again.

Floor: values. Lists, tuples, sets, frozensets, dicts (keys and values), deques, OrderedDicts, defaultdicts, classes
derived from these, NamedTuples, slices, dataclasses and attrs classes are looked into; everything else is a leaf.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from enum import Enum
from typing import Any

__all__ = ["LAZY", "SHAPES", "Lazy", "Shape", "is_container", "shape_of"]


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

SHAPES: dict[type, Shape | None] = {
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
    slice: Shape(lambda value: (value.start, value.stop, value.step), lambda old, parts: slice(*parts)),
    **dict.fromkeys((int, float, str, bytes, bool, complex, type(None), bytearray, type)),
}


def shape_of(kind: type) -> Shape | None:
    """Return how a type is looked into, `LAZY` for a lazy value, None for a leaf; decided once per type."""
    try:
        return SHAPES[kind]
    except KeyError:
        shape = SHAPES[kind] = _find_shape(kind)
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
    return _derived_shape(kind)


def _record_shape(kind: type, names: list[str]) -> Shape | None:
    if not names or issubclass(kind, (BaseException, Enum)):
        return None
    missing = object()
    declared = frozenset(names)

    def names_of(value: Any) -> list[str]:
        # A constructor may have made more of its arguments than fields.
        attributes = getattr(value, "__dict__", None)
        if not attributes or attributes.keys() <= declared:
            return names
        return names + [name for name in attributes if name not in declared]

    def children(value: Any) -> list[Any]:
        return [getattr(value, name, missing) for name in names_of(value)]

    def build(old: Any, parts: list[Any]) -> Any:
        # Past any frozen __setattr__, and without __init__: it may have another signature or side effects.
        new = _blank(old, kind)
        for name, state in _state(old):
            object.__setattr__(new, name, state)
        for name, part in zip(names_of(old), parts, strict=True):
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


def attributes_of(value: Any) -> list[Any]:
    """Return the values of an object's attributes, those in slots included."""
    return [state for _, state in _state(value)]


def _state(value: Any) -> Iterator[tuple[str, Any]]:
    yield from getattr(value, "__dict__", {}).items()
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                yield name, getattr(value, name)


def _derived_shape(kind: type) -> Shape | None:
    """Look into a class that derives from a built-in container, past whatever it makes of that one's methods."""
    base = next((base for base in _FILL if issubclass(kind, base)), None)
    if base is None or any(hasattr(kind, name) for name in _OPAQUE):
        return None
    try:
        base.__new__(kind)
    except TypeError:
        # A structure of a C module, such as time.struct_time.
        return None
    fill = _FILL[base]

    def children(value: Any) -> list[Any]:
        parts = list(base.__iter__(value))
        if issubclass(base, dict):
            parts.extend(base.values(value))
        return parts

    def build(old: Any, parts: list[Any]) -> Any:
        new = base.__new__(kind, parts) if base in (tuple, frozenset) else base.__new__(kind)
        for name, state in _state(old):
            object.__setattr__(new, name, state)
        fill(new, old, parts)
        return new

    return Shape(children, build)


_OPAQUE = ("__redun_digest__", "__redun_holds__", "__redun_valid__")
"""Who defines one of these says itself what its values are."""


def _fill_dict(base: Any) -> Callable[[Any, Any, list[Any]], None]:
    def fill(new: Any, old: Any, parts: list[Any]) -> None:
        if base is defaultdict:
            new.default_factory = old.default_factory
        for key, value in _dict_pairs(parts):
            base.__setitem__(new, key, value)

    return fill


_FILL: dict[Any, Callable[[Any, Any, list[Any]], None]] = {
    list: lambda new, old, parts: list.extend(new, parts),
    tuple: lambda new, old, parts: None,
    set: lambda new, old, parts: set.update(new, parts),
    frozenset: lambda new, old, parts: None,
    deque: lambda new, old, parts: deque.__init__(new, parts, old.maxlen),
    OrderedDict: _fill_dict(OrderedDict),
    defaultdict: _fill_dict(defaultdict),
    dict: _fill_dict(dict),
}
"""From the built-in containers to how a new object of a class that derives from one gets its items."""


def is_container(kind: type) -> bool:
    """Tell whether values of a type are looked into."""
    shape = shape_of(kind)
    return shape is not None and shape is not LAZY
