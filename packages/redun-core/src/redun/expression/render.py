"""Expressions as Python-like text: bounded, without recursion, and whatever the reprs in it do.

Floor: language.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from redun.expression.base import Expression, Operation, TaskExpression

__all__ = ["render", "render_call"]

MAX_LENGTH = 2000
"""Longest text, in characters; a chain of 100,000 calls must be printable too."""

_INFIX = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "matmul": "@",
    "lshift": "<<",
    "rshift": ">>",
    "and": "&",
    "or": "|",
    "xor": "^",
}
_BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    dict: ("{", "}"),
}
_ENOUGH = MAX_LENGTH // 2
"""Items of a container that fill all the room, separators counted."""

_PREFIX = {"neg": "-", "pos": "+", "invert": "~"}


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
        elif type(item) in _BRACKETS and item:
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
        return [args[0], _Text("["), args[1], _Text("]")]
    if name == "call":
        return [args[0], *_arguments(args[1:], expression._redun_kwargs)]
    if name in _INFIX:
        return [_Text("("), args[0], _Text(f" {_INFIX[name]} "), args[1], _Text(")")]
    if name in _PREFIX:
        return [_Text(f"({_PREFIX[name]}"), args[0], _Text(")")]
    return [_Text(name), *_arguments(args, None)]
