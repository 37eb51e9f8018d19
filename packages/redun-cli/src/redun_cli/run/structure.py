"""Shaping parsed JSON into annotated containers: dict, tuple, dataclass and the like.

Floor: command line. JSON has neither tuples, dates nor files; the annotation says which is meant.
"""

from __future__ import annotations

import collections.abc
import types
import typing
from collections.abc import Callable
from typing import Any

__all__ = ["SEQUENCES", "is_structured", "structure"]

_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
SEQUENCES = (
    list,
    set,
    frozenset,
    collections.abc.Sequence,
    collections.abc.Iterable,
    collections.abc.Collection,
)
Scalar = Callable[[Any, str], Any]


def is_structured(annotation: Any) -> bool:
    """Tell whether values of this type are written as one JSON text on the command line."""
    origin = typing.get_origin(annotation) or annotation
    return (
        origin is tuple or origin in _MAPPINGS or _fields(origin) is not None or typing.is_typeddict(origin)
    )


def structure(value: Any, annotation: Any, *, scalar: Scalar) -> Any:
    """Return parsed JSON as a value of the annotated type.

    Parameters
    ----------
    value : object
        As `json.loads` gives it.
    annotation : type
    scalar : callable
        Reads a text as a value of a type without structure (a date, a file, an enum member).

    Raises
    ------
    TypeError, ValueError
        The value does not fit.
    """
    origin, parts = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return _structure_union(value, parts, scalar)
    if origin is tuple:
        return _structure_tuple(value, parts, scalar)
    if origin in SEQUENCES:
        items = _expect(value, list, annotation)
        if parts:
            items = [structure(item, parts[0], scalar=scalar) for item in items]
        return origin(items) if origin in (set, frozenset) else items
    if origin in _MAPPINGS:
        return _structure_mapping(_expect(value, dict, annotation), parts, scalar)
    if typing.is_typeddict(origin):
        return _structure_typed_dict(_expect(value, dict, annotation), origin, scalar)
    fields = _fields(origin)
    if fields is not None:
        members = _expect(value, dict, annotation)
        return origin(
            **{name: structure(item, fields.get(name, Any), scalar=scalar) for name, item in members.items()}
        )
    return _structure_scalar(value, origin, scalar)


def _structure_union(value: Any, members: tuple[Any, ...], scalar: Scalar) -> Any:
    for member in members:
        try:
            return structure(value, member, scalar=scalar)
        except (TypeError, ValueError, LookupError):
            continue
    raise TypeError(f"{value!r} fits none of {', '.join(map(_name, members))}")


def _structure_tuple(value: Any, parts: tuple[Any, ...], scalar: Scalar) -> tuple[Any, ...]:
    items = _expect(value, list, tuple)
    if not parts:
        return tuple(items)
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(structure(item, parts[0], scalar=scalar) for item in items)
    if len(items) != len(parts):
        raise TypeError(f"expected {len(parts)} items, got {len(items)}")
    return tuple(structure(item, part, scalar=scalar) for item, part in zip(items, parts, strict=True))


def _structure_mapping(members: dict[str, Any], parts: tuple[Any, ...], scalar: Scalar) -> dict[Any, Any]:
    if not parts:
        return members
    key_type, item_type = parts
    # JSON spells every key as text.
    return {
        key if key_type in (str, Any) else scalar(key_type, key): structure(item, item_type, scalar=scalar)
        for key, item in members.items()
    }


def _structure_typed_dict(members: dict[str, Any], kind: Any, scalar: Scalar) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    missing = sorted(kind.__required_keys__ - members.keys())
    unknown = sorted(members.keys() - hints.keys())
    if missing or unknown:
        what = f"lacks {', '.join(missing)}" if missing else f"has no {', '.join(unknown)}"
        raise TypeError(f"{_name(kind)} {what}")
    return {name: structure(item, hints[name], scalar=scalar) for name, item in members.items()}


def _structure_scalar(value: Any, kind: Any, scalar: Scalar) -> Any:
    if not isinstance(kind, type) or kind is object:
        return value
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is kind:
        return value
    if isinstance(value, str):
        return scalar(kind, value)
    raise TypeError(f"expected {_name(kind)}, got {value!r}")


def _fields(kind: Any) -> dict[str, Any] | None:
    """Return the annotated fields of a dataclass, attrs class or NamedTuple, or None."""
    is_record = hasattr(kind, "__dataclass_fields__") or hasattr(kind, "__attrs_attrs__")
    if (
        not isinstance(kind, type)
        or not (is_record or hasattr(kind, "_fields"))
        or hasattr(kind, "parse_arg")
    ):
        return None
    return typing.get_type_hints(kind)


def _expect(value: Any, kind: type, annotation: Any) -> Any:
    if not isinstance(value, kind):
        shape = "an object" if kind is dict else "an array"
        raise TypeError(f"expected {shape} for {_name(annotation)}, got {value!r}")
    return value


def _name(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) else str(kind)
