"""Objects of any class, opened for encoding: through `__reduce_ex__(5)`, as pickle sees them.

Floor: hashing. What pickle would store is what counts: the class, the arguments it is made from, the attributes, the
items. The order of attributes does not count, nor do cached properties; that of list and dict items does.
"""

from __future__ import annotations

import copyreg
import enum
from collections.abc import Callable
from functools import cached_property
from itertools import chain
from os import fspath
from struct import Struct
from types import BuiltinFunctionType, FunctionType
from typing import Any

from redun.hashing.fleeting import advice
from redun.hashing.leaves import (
    Encoder,
    Unhashable,
    encode_buffer,
    encode_builtin,
    encode_name,
    encode_str,
    shorten,
)
from redun.hashing.nodes import Node, Opener, encode_leaves, key_label

__all__ = ["OWN", "leaf_encoder", "open_object", "opener"]

OWN = ord("&")
"""First byte of the encoding of an object that supplies its own digest."""

_head = Struct("<cQ").pack
_default_state: Any = object.__getstate__


def leaf_encoder(kind: type) -> Encoder | None:
    """Return the encoder of a type whose values have no parts, None for any other."""
    if issubclass(kind, type):
        return encode_name
    if hasattr(kind, "__redun_digest__"):
        return lambda value: b"&" + value.__redun_digest__()
    if any(base.__name__ == "PurePath" and base.__module__.startswith("pathlib") for base in kind.__mro__):
        # Which module of pathlib holds a class differs between versions of Python.
        name = f"{kind.__module__.split('.')[0]}:{kind.__qualname__}"
        return lambda value: b"p" + encode_str(name) + encode_str(fspath(value))
    return None


def opener(kind: type) -> Opener:
    """Return how values of a type without an encoder are opened."""
    if issubclass(kind, enum.Enum):
        return _open_enum
    why_not = advice(kind)
    if why_not is not None and kind not in copyreg.dispatch_table:
        return lambda value: _refuse(why_not)
    if issubclass(kind, (set, frozenset)) and kind.__reduce__ in (set.__reduce__, frozenset.__reduce__):
        return _open_set
    if kind is BuiltinFunctionType:
        return lambda value: encode_builtin(value) or open_object(value)
    if kind is range:
        return lambda value: _open_parts(b"R", value, (value.start, value.stop, value.step))
    if kind.__module__ == "numpy" and kind.__qualname__ == "ndarray":
        return _open_ndarray
    if _is_plain(kind):
        return _plain_opener(kind)
    cached = _cached_properties(kind)
    return lambda value: open_object(value, cached)


def _refuse(why: str) -> Node:
    raise Unhashable(why)


def _open_parts(head: bytes, value: Any, parts: tuple[Any, ...]) -> Node:
    return Node(value, head, iter(parts), len(parts), lambda _, number: f"<part {number}>")


def _open_enum(value: enum.Enum) -> Node | bytes:
    name = encode_name(type(value))
    # A combination of flags may have no name.
    if value.name is None:
        return _open_parts(b"E" + name, value, (value.value,))
    return shorten(b"e" + name + encode_str(value.name))


def _open_set(value: set[Any] | frozenset[Any]) -> Node:
    # Pickle stores the members of a subclass in the order of iteration.
    return _open_parts(b"B" + encode_name(type(value)), value, (frozenset(value), value.__reduce__()[2]))


def _open_ndarray(value: Any) -> Node | bytes:
    dtype = value.dtype
    if dtype.hasobject:
        return open_object(value)
    flags = value.flags
    fortran = flags.f_contiguous and not flags.c_contiguous
    # What a view skips is not its content: it hashes as the array that it shows.
    whole = value if fortran or flags.c_contiguous else value.copy(order="C")
    data = whole.ravel(order="K").view("u1") if whole.nbytes else b""
    return _open_parts(b"a" + encode_buffer(b"f" if fortran else b"c", data), value, (dtype, value.shape))


def _is_plain(kind: type) -> bool:
    """Tell whether objects of a class are their class and their ``__dict__``, as pickle sees them."""
    customs = ("__reduce_ex__", "__reduce__", "__getstate__")
    return (
        kind not in copyreg.dispatch_table
        and kind.__dictoffset__ != 0
        and kind.__basicsize__ == _Plain.__basicsize__
        and kind.__itemsize__ == 0
        and not any(hasattr(kind, name) for name in ("__getnewargs__", "__getnewargs_ex__"))
        and all(getattr(kind, name) is getattr(object, name) for name in customs)
    )


class _Plain:
    pass


def _plain_opener(kind: type) -> Opener:
    """Open plain objects a few times faster than `open_object` does, for there are many of them."""
    start = b"O" + encode_name(kind)
    cached = _cached_properties(kind)
    heads: dict[tuple[str, ...], tuple[list[str], bytes]] = {}

    def open_plain(value: Any) -> Node | bytes:
        attributes = value.__dict__
        found = tuple(attributes)
        known = heads.get(found)
        if known is None:
            names = sorted(set(found) - cached)
            known = names, start + _head(b"n", len(names)) + b"".join(map(encode_str, names))
            if len(heads) < 100:
                heads[found] = known
        names, head = known
        parts = [attributes[name] for name in names]
        return encode_leaves(head, parts) or Node(
            value, head, iter(parts), len(parts), lambda _, number: f".{names[number]}"
        )

    return open_plain


def _cached_properties(kind: type) -> frozenset[str]:
    members = chain.from_iterable(vars(base).items() for base in kind.__mro__)
    return frozenset(name for name, member in members if isinstance(member, cached_property))


class _Parts:
    """The parts of an object, section by section; they are labelled only if one of them has no hash."""

    def __init__(self, head: bytes) -> None:
        self.head = head
        self.items: list[Any] = []
        self._sections: list[tuple[int, Callable[[int], str]]] = []

    def add(self, tag: bytes, items: list[Any] | tuple[Any, ...], label: Callable[[int], str]) -> None:
        self.head += _head(tag, len(items))
        self.items += items
        self._sections.append((len(items), label))

    def label(self, _: Any, number: int) -> str:
        for length, label in self._sections:
            if number < length:
                return label(number)
            number -= length
        return ""


def open_object(value: Any, cached: frozenset[str] = frozenset()) -> Node | bytes:
    """Open any object as pickle sees it, without its cached properties; bytes if pickle stores but its name."""
    reducer: Callable[[Any], Any] | None = copyreg.dispatch_table.get(type(value))
    reduced = value.__reduce_ex__(5) if reducer is None else reducer(value)
    if isinstance(reduced, str):
        module = getattr(value, "__module__", None) or type(value).__module__
        return shorten(b"G" + encode_str(f"{module}:{reduced}"))
    make, args, state, items, pairs, set_state = (*reduced, None, None, None, None)[:6]
    if isinstance(make, (type, FunctionType)) or (
        isinstance(make, BuiltinFunctionType) and encode_builtin(make)
    ):
        parts = _Parts(b"o" + encode_name(make))
    else:
        parts = _Parts(b"x")
        parts.add(b"f", (make,), lambda number: "<maker>")
    parts.add(b"t", args, lambda number: f"<argument {number}>")
    if state is not None:
        _add_state(parts, value, state, cached)
    if items is not None:
        parts.add(b"l", list(items), lambda number: f"[{number}]")
    if pairs is not None:
        flat = list(chain.from_iterable(pairs))
        parts.add(b"D", flat, lambda number: key_label(flat[number & ~1], number))
    if set_state is not None:
        parts.head += encode_name(set_state)
    return Node(value, parts.head, iter(parts.items), len(parts.items), parts.label)


def _add_state(parts: _Parts, value: Any, state: Any, cached: frozenset[str]) -> None:
    attributes = _attributes(value, state)
    if attributes is None:
        parts.add(b"s", (state,), lambda number: "<state>")
        return
    names = sorted(attributes.keys() - cached if cached else attributes)
    parts.add(b"n", [attributes[name] for name in names], lambda number: f".{names[number]}")
    parts.head += b"".join(map(encode_str, names))


def _attributes(value: Any, state: Any) -> dict[str, Any] | None:
    """Return the state as a dict of attributes; None if the class made something else of it."""
    if type(state) is dict:
        # An order that the class itself gave to a state of another making may be content.
        return state if state.keys() <= getattr(value, "__dict__", {}).keys() else None
    if type(value).__getstate__ is _default_state and type(state) is tuple and len(state) == 2:
        with_dict, with_slots = state
        return {**(with_dict or {}), **with_slots}
    return None
