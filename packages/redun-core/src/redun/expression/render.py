"""Expressions as Python-like text: bounded, without recursion, and whatever the reprs in it do.

Floor: language.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from redun.expression.base import Expression, Operation, TaskExpression
from redun.expression.operators import symbol_of

__all__ = ["render", "render_call"]

MAX_LENGTH = 2000
"""Longest text, in characters; a chain of 100,000 calls must be printable too."""

_BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    dict: ("{", "}"),
}
_ENOUGH = MAX_LENGTH // 2
"""Items of a container that fill all the room, separators counted."""


class _Text(str):
    """Text to print as it is, told apart from string values on the work list."""

    __slots__ = ()


def render(value: Any) -> str:
    """Return the text of an expression, or of a nested value that holds some, at most `MAX_LENGTH` characters."""
    return _render([value])


def render_call(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Return the text of a call, at most `MAX_LENGTH` characters."""
    return _render([_Text(name), *_arguments(args, kwargs)][::-1])


def _render(stack: list[Any]) -> str:
    pieces: list[str] = []
    length = 0
    while stack:
        item = stack.pop()
        if isinstance(item, _Text):
            text = str(item)
        elif isinstance(item, Expression):
            stack.extend(reversed(_pieces(item)))
            continue
        elif type(item) is slice or (type(item) in _BRACKETS and item):
            stack.extend(reversed(_container(item)))
            continue
        else:
            text = _leaf(item)
        pieces.append(text)
        length += len(text)
        if length > MAX_LENGTH:
            return "".join(pieces)[: MAX_LENGTH - 3] + "..."
    return "".join(pieces)


def _leaf(item: Any) -> str:
    if type(item) in (str, bytes):
        return repr(item[:MAX_LENGTH])
    try:
        return repr(item)
    except Exception as error:
        # RecursionError included: objects of others may hold expressions as deep as they like.
        return f"<{type(item).__qualname__} whose repr raises {type(error).__qualname__}>"


def _container(items: Any) -> list[Any]:
    if type(items) is slice:
        return [_Text("slice("), *_joined((items.start, items.stop, items.step)), _Text(")")]
    start, end = _BRACKETS[type(items)]
    if type(items) is dict:
        pieces: list[Any] = []
        for key, item in islice(items.items(), _ENOUGH):
            pieces += (_Text(", "), key, _Text(": "), item)
        return [_Text(start), *pieces[1:], _Text(end)]
    if type(items) is tuple and len(items) == 1:
        end = ",)"
    return [_Text(start), *_joined(items), _Text(end)]


def _joined(items: Iterable[Any]) -> list[Any]:
    pieces: list[Any] = []
    for item in islice(items, _ENOUGH):
        pieces += (_Text(", "), item)
    return pieces[1:]


def _arguments(args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> list[Any]:
    pieces = _joined(args)
    for key, value in sorted((kwargs or {}).items()):
        pieces += (_Text(f"{', ' if pieces else ''}{key}="), value)
    return [_Text("("), *pieces, _Text(")")]


def _pieces(expression: Expression) -> list[Any]:
    if isinstance(expression, TaskExpression):
        arguments = _arguments(expression._redun_args, expression._redun_kwargs)
        return [_Text(expression._redun_task.fullname), *arguments]
    assert isinstance(expression, Operation)
    name: str = expression._redun_name
    args = expression._redun_args
    if name == "getattr":
        return [args[0], _Text(f".{args[1]}")]
    if name == "getitem":
        return [args[0], _Text("["), *_subscript(args[1]), _Text("]")]
    if name == "call":
        return [args[0], *_arguments(args[1:], expression._redun_kwargs)]
    if name == "value":
        return [args[0]]
    symbol = symbol_of(name)
    if symbol is not None and len(args) == 2:
        return [_Text("("), args[0], _Text(f" {symbol} "), args[1], _Text(")")]
    if symbol is not None and len(args) == 1:
        return [_Text(f"({symbol}"), args[0], _Text(")")]
    return [_Text(name), *_arguments(args, expression._redun_kwargs)]


def _subscript(key: Any) -> list[Any]:
    if not isinstance(key, slice):
        return [key]
    pieces = [
        [] if key.start is None else [key.start],
        [_Text(":")] if key.stop is None else [_Text(":"), key.stop],
        [] if key.step is None else [_Text(":"), key.step],
    ]
    return [piece for bound in pieces for piece in bound]
