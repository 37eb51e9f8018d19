"""What each lazy operator does once its operands are there.

Floor: language. `&` and `|` mean Python's `and` and `or` on values that are both evaluated, as workflows expect.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

__all__ = ["apply_operator"]


def _call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)


_OPERATORS: dict[str, Callable[..., Any]] = {
    "getattr": getattr,
    "getitem": operator.getitem,
    "call": _call,
    "and": lambda left, right: left and right,
    "or": lambda left, right: left or right,
    **{name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge", "add", "sub", "mul")},
    **{name: getattr(operator, name) for name in ("truediv", "floordiv", "mod", "pow", "matmul", "lshift")},
    **{name: getattr(operator, name) for name in ("rshift", "xor", "neg", "pos", "invert", "abs")},
}


def apply_operator(name: str, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Any:
    """Apply a lazy operator to concrete operands."""
    return _OPERATORS[name](*args, **kwargs) if kwargs else _OPERATORS[name](*args)
