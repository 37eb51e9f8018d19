"""Expressions as Python-like text, bounded and without recursion.

Floor: language.
"""

from __future__ import annotations

from typing import Any

from redun.expression.base import Expression, Operation, TaskExpression

__all__ = ["render"]

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
_PREFIX = {"neg": "-", "pos": "+", "invert": "~"}


class _Text(str):
    """Text to print as it is, told apart from string values on the work list."""

    __slots__ = ()


def render(expression: Expression) -> str:
    """Return the text of an expression, at most `MAX_LENGTH` characters."""
    pieces: list[str] = []
    length = 0
    stack: list[Any] = [expression]
    while stack:
        item = stack.pop()
        if isinstance(item, _Text):
            text = str(item)
        elif isinstance(item, Expression):
            stack.extend(reversed(_pieces(item)))
            continue
        elif type(item) in (list, tuple) and len(item) < 1000:
            stack.extend(reversed(_sequence(item)))
            continue
        else:
            text = repr(item)
        pieces.append(text)
        length += len(text)
        if length > MAX_LENGTH:
            return "".join(pieces)[: MAX_LENGTH - 3] + "..."
    return "".join(pieces)


def _sequence(items: Any) -> list[Any]:
    start, end = ("[", "]") if type(items) is list else ("(", ",)" if len(items) == 1 else ")")
    return [_Text(start), *_joined(list(items)), _Text(end)]


def _joined(items: list[Any]) -> list[Any]:
    pieces: list[Any] = []
    for item in items:
        pieces += (_Text(", "), item)
    return pieces[1:]


def _arguments(args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> list[Any]:
    pieces = _joined(list(args))
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
