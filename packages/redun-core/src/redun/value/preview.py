"""Previews: a short repr of any value, taken while it is live, so that looking later never unpickles.

Floor: values. At most 200 characters; never raises and is never slow, whatever the value's own ``__repr__`` does:
containers are shown only as far as there is room, before any repr is asked for, and arrays by shape.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice
from types import BuiltinFunctionType, FunctionType
from typing import Any

from redun.value.nested import Lazy

__all__ = ["LIMIT", "preview", "shorten"]

LIMIT = 200
"""Characters of a preview."""

_ITEMS = 100
_SHORT = 50
_DEPTH = 6
_SHOWN = 20
"""Longest array shown item by item."""


def preview(value: Any) -> str:
    """Return a repr of at most 200 characters.

    Examples
    --------
    >>> preview([1, 2.5, "three"])
    "[1, 2.5, 'three']"
    >>> preview(list(range(10_000)))[-20:]
    '7, 48, 49, 50, 51...'
    """
    kind = type(value)
    if kind in _NUMBERS:
        return _ATOMS[kind](value)
    if kind is str:
        return shorten(repr(value[:LIMIT]))
    if kind in (list, tuple) and len(value) <= _SHORT and _NUMBERS.issuperset(map(type, value)):
        # Python's own repr is ten times faster, and here it is short.
        with suppress(ValueError):
            return shorten(repr(value))
    return shorten(_Renderer().render(value, 0))


def shorten(text: str) -> str:
    """Cut a text to 200 characters that can be stored anywhere."""
    # A lone surrogate, which UTF-8 cannot hold, is spelled out.
    if not text.isascii():
        text = text[:LIMIT].encode("utf-8", "backslashreplace").decode() + text[LIMIT:][:1]
    return text if len(text) <= LIMIT else text[: LIMIT - 3] + "..."


class _Renderer:
    """Renders one value; `room` is what is left of the characters."""

    def __init__(self) -> None:
        self.room = LIMIT

    def render(self, value: Any, depth: int) -> str:
        room = self.room
        try:
            text = self._render(value, depth)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # A repr may raise anything, SystemExit and RecursionError included.
            text = f"<{type(value).__qualname__} whose repr raises {type(error).__qualname__}>"
        self.room = room - len(text)
        return text

    def _render(self, value: Any, depth: int) -> str:
        kind = type(value)
        atom = _ATOMS.get(kind)
        if atom is not None:
            return atom(value)
        if depth >= _DEPTH:
            return "..."
        if issubclass(kind, Lazy):
            return _plain_text(value)
        if kind.__repr__ in _CONTAINERS:
            return self._container(value, *_CONTAINERS[kind.__repr__], depth)
        names = _shown_fields(kind)
        if names is None and kind.__repr__ is _default_repr:
            names = list(getattr(value, "__dict__", ()))
        if names:
            fields = ((f"{name}=", getattr(value, name)) for name in names)
            return self._list(fields, f"{kind.__name__}(", ")", depth)
        if kind.__repr__ is _default_repr:
            return f"{kind.__name__}()"
        return _array(value, kind) or _plain_text(value)

    def _container(self, value: Any, opening: str, closing: str, depth: int) -> str:
        kind = type(value)
        if isinstance(value, dict):
            items: Iterable[tuple[str, Any]] = (
                (self.render(key, depth + 1) + ": ", item) for key, item in value.items()
            )
        else:
            if isinstance(value, (set, frozenset)) and len(value) <= _ITEMS:
                value = _sorted(value)
            items = (("", item) for item in value)
        if kind not in _OWN_BRACKETS:
            opening, closing = f"{kind.__name__}({opening}", f"{closing})"
        if not value and kind in (set, frozenset):
            return f"{kind.__name__}()"
        if kind is tuple and len(value) == 1:
            closing = ",)"
        return self._list(items, opening, closing, depth)

    def _list(self, items: Iterable[tuple[str, Any]], opening: str, closing: str, depth: int) -> str:
        self.room -= len(opening) + len(closing)
        texts: list[str] = []
        remaining = iter(items)
        for label, item in islice(remaining, _ITEMS):
            self.room -= len(label) + 2
            if self.room < 0:
                return opening + ", ".join(texts) + "..." + closing
            atom = _ATOMS.get(type(item))
            if atom is None:
                texts.append(label + self.render(item, depth + 1))
            else:
                text = atom(item)
                self.room -= len(text)
                texts.append(label + text)
        more = ", ..." if next(remaining, None) is not None else ""
        return opening + ", ".join(texts) + more + closing


def _plain_text(value: Any) -> str:
    if isinstance(value, (list, tuple, dict, set, frozenset)) and len(value) > 10 * _ITEMS:
        return f"<{type(value).__qualname__} of {len(value)} items>"
    # A subclass of str could go on doing things of its own.
    text = str.__str__(repr(value))
    return text if len(text) <= LIMIT else text[: LIMIT + 1]


def _sorted(members: Any) -> Any:
    try:
        return sorted(members)
    except Exception:
        return members


def _array(value: Any, kind: type) -> str:
    """Show a large array or a table by its shape; looks at the type first, for a value may answer to any name."""
    if not hasattr(kind, "shape"):
        return ""
    if hasattr(kind, "columns"):
        return f"{kind.__name__}(shape={tuple(value.shape)})"
    if hasattr(kind, "dtype") and isinstance(size := value.size, int) and size > _SHOWN:
        return f"{kind.__name__}(shape={tuple(value.shape)}, dtype={value.dtype})"
    return ""


_fields_of: dict[type, list[str] | None] = {}


def _shown_fields(kind: type) -> list[str] | None:
    """Return the fields that the generated repr of a record class shows; None for any other class."""
    try:
        return _fields_of[kind]
    except KeyError:
        found = _fields_of[kind] = _find_fields(kind)
        return found


def _find_fields(kind: type) -> list[str] | None:
    code = getattr(getattr(kind.__repr__, "__wrapped__", kind.__repr__), "__code__", None)
    source = getattr(code, "co_filename", "")
    if source == "<string>" and hasattr(kind, "__dataclass_fields__"):
        return [field.name for field in kind.__dataclass_fields__.values() if field.repr]
    if source.startswith("<attrs generated"):
        return [field.name for field in getattr(kind, "__attrs_attrs__", ()) if field.repr]
    if source == _NAMED_TUPLES and hasattr(kind, "_fields"):
        return list(kind._fields)
    return None


def _render_int(value: int) -> str:
    bits = value.bit_length()
    # Writing out digits takes time that grows with the square, and Python refuses at some point.
    return repr(value) if bits < 4096 else f"<int of {bits} bits>"


def _render_text(value: str | bytes | bytearray) -> str:
    return repr(value[:LIMIT])


def _render_function(value: Any) -> str:
    return f"<function {value.__module__}.{value.__qualname__}>"


_default_repr: Any = object.__repr__
_ATOMS: dict[type, Callable[[Any], str]] = {
    int: _render_int,
    str: _render_text,
    bytes: _render_text,
    bytearray: _render_text,
    float: repr,
    bool: repr,
    type(None): repr,
    memoryview: lambda value: f"<memoryview of {value.nbytes} bytes>",
    FunctionType: _render_function,
    BuiltinFunctionType: _render_function,
}
_NUMBERS = frozenset((int, float, bool, type(None)))
_CONTAINERS: dict[Any, tuple[str, str]] = {
    list.__repr__: ("[", "]"),
    tuple.__repr__: ("(", ")"),
    dict.__repr__: ("{", "}"),
    set.__repr__: ("{", "}"),
    frozenset.__repr__: ("{", "}"),
    deque.__repr__: ("[", "]"),
    OrderedDict.__repr__: ("{", "}"),
    defaultdict.__repr__: ("{", "}"),
    Counter.__repr__: ("{", "}"),
}
_OWN_BRACKETS = frozenset((list, tuple, dict, set))
_NAMED_TUPLES = Counter.__repr__.__code__.co_filename
