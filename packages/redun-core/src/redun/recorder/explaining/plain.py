"""Read the data in a recorded payload without loading it: a pickle is taken apart as text.

Floor: recorder. Nothing is imported and nothing is called: what a pickle would call stands here as an `Opaque`.
Anything that is not understood, or large, has no reading.
"""

from __future__ import annotations

from typing import Any

import attrs
from redun.value.codes import ValueFormat

__all__ = ["LARGEST", "UNREADABLE", "Opaque", "read_plain"]

LARGEST = 1 << 16
"""Bytes of the largest payload that is read."""

UNREADABLE = object()
"""Stands for what has no reading."""

_SCALARS = (str, int, float, bool, bytes, type(None))


@attrs.define(eq=False)
class Opaque:
    """An object: what would make it, and its state."""

    name: str
    arguments: Any = None
    state: Any = None


class _Mark:
    pass


def read_plain(payload: bytes | None, encoding: int) -> Any:
    """Return the data in a payload: builtin values and `Opaque` ones, or `UNREADABLE`."""
    if payload is None or len(payload) > LARGEST:
        return UNREADABLE
    if encoding == ValueFormat.RAW:
        return bytes(payload)
    if encoding != ValueFormat.PICKLE:
        return UNREADABLE
    try:
        return _Reading().read(bytes(payload))
    except Exception:
        # It is data from anywhere: whatever is wrong with it, there is no reading.
        return UNREADABLE


class _Reading:
    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def read(self, payload: bytes) -> Any:
        from pickletools import genops

        for opcode, argument, _ in genops(payload):
            name = opcode.name
            if name == "STOP":
                return self.stack[-1]
            if name in _PUSHED:
                self.stack.append(argument)
            elif name in _MADE:
                self.stack.append(_MADE[name]())
            elif name in _CONSTANTS:
                self.stack.append(_CONSTANTS[name])
            else:
                getattr(self, f"_{name.lower()}")(argument)
        return UNREADABLE

    def _proto(self, _: Any) -> None:
        pass

    _frame = _proto

    def _memoize(self, _: Any) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def _binput(self, position: int) -> None:
        self.memo[position] = self.stack[-1]

    _long_binput = _binput

    def _binget(self, position: int) -> None:
        self.stack.append(self.memo[position])

    _long_binget = _binget

    def _since_mark(self) -> list[Any]:
        items: list[Any] = []
        while not isinstance(item := self.stack.pop(), _Mark):
            items.append(item)
        return items[::-1]

    def _append(self, _: Any) -> None:
        item = self.stack.pop()
        self._extend([item])

    def _appends(self, _: Any) -> None:
        self._extend(self._since_mark())

    def _extend(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, list):
            target += items
        elif not isinstance(target, Opaque):
            raise TypeError

    def _setitem(self, _: Any) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._set([key, value])

    def _setitems(self, _: Any) -> None:
        self._set(self._since_mark())

    def _set(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, Opaque):
            return
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[_scalar(key)] = value

    def _additems(self, _: Any) -> None:
        self.stack[-1].update(map(_scalar, self._since_mark()))

    def _frozenset(self, _: Any) -> None:
        self.stack.append(frozenset(map(_scalar, self._since_mark())))

    def _tuple(self, _: Any) -> None:
        self.stack.append(tuple(self._since_mark()))

    def _tuple1(self, _: Any) -> None:
        self._take(1)

    def _tuple2(self, _: Any) -> None:
        self._take(2)

    def _tuple3(self, _: Any) -> None:
        self._take(3)

    def _take(self, count: int) -> None:
        self.stack[-count:] = [tuple(self.stack[-count:])]

    def _global(self, names: str) -> None:
        self.stack.append(Opaque(names.replace(" ", ".")))

    def _stack_global(self, _: Any) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self.stack.append(Opaque(f"{module}.{name}"))

    def _newobj(self, _: Any) -> None:
        arguments, made_by = self.stack.pop(), self.stack.pop()
        self.stack.append(Opaque(made_by.name, arguments))

    _reduce = _newobj

    def _build(self, _: Any) -> None:
        state = self.stack.pop()
        self.stack[-1].state = state


def _scalar(value: Any) -> Any:
    # The hash of nested tuples may take any time.
    if not isinstance(value, _SCALARS):
        raise TypeError
    return value


_PUSHED = frozenset(
    (
        *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"),
        *("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8"),
    )
)
_MADE: dict[str, Any] = {
    "MARK": _Mark,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_SET": set,
    "EMPTY_TUPLE": tuple,
}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
