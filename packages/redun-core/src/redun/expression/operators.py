"""Lazy operators: the methods that build them, and what each does once its operands are there.

Floor: language. `&` and `|` mean Python's `and` and `or` on values that are both evaluated, as workflows expect; the
other operators, `^` and `~` among them, do what they do in Python.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, TypeVar

from redun.expression.base import Expression, Operation

__all__ = ["apply_operator", "get_lazy_operation", "lazy_operation", "symbol_of"]

F = TypeVar("F", bound=Callable[..., Any])

_OPERATORS: dict[str, Callable[..., Any]] = {}
_SYMBOLS: dict[str, str] = {}


def lazy_operation(
    method: str | None = None, name: str | None = None, symbol: str | None = None, reverse: bool = False
) -> Callable[[F], F]:
    """Make a function an operation that the scheduler itself applies, without a job.

    Parameters
    ----------
    method : str, optional
        Name of the method of expressions that builds it, such as ``__add__``.
    name : str, optional
        Name of the operation; default: that of the function.
    symbol : str, optional
        How it is printed between two operands or, with a single operand, before it.
    reverse : bool
        The method's object is the second operand, as for ``__radd__``.

    Examples
    --------
    >>> from redun.expression import get_lazy_operation, lazy_operation
    >>> @lazy_operation(name="clamp")
    ... def clamp(value, low, high):
    ...     return min(max(value, low), high)
    >>> get_lazy_operation("clamp")(12, 0, 10)
    10
    """

    def decorate(function: F) -> F:
        operation = name or function.__name__
        _OPERATORS[operation] = function
        if symbol is not None:
            _SYMBOLS[operation] = symbol
        if method is not None:
            _add_method(method, operation, reverse)
        return function

    return decorate


def get_lazy_operation(name: str) -> Callable[..., Any] | None:
    """Return what an operation does to concrete operands; None if there is none of that name.

    Examples
    --------
    >>> from redun.expression import get_lazy_operation
    >>> get_lazy_operation("add")(1, 2)
    3
    """
    return _OPERATORS.get(name)


def apply_operator(name: str, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Any:
    """Apply a lazy operator to concrete operands."""
    return _OPERATORS[name](*args, **kwargs) if kwargs else _OPERATORS[name](*args)


def symbol_of(name: str) -> str | None:
    """Return how an operation is printed between its operands, or before a single one."""
    return _SYMBOLS.get(name)


def _add_method(method: str, operation: str, reverse: bool) -> None:
    def build(self: Expression, *others: Any) -> Operation:
        return Operation(operation, (*others, self) if reverse else (self, *others))

    build.__name__ = method
    setattr(Expression, method, build)


def _call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)


def _define(
    name: str, function: Callable[..., Any], symbol: str | None = None, *, both: bool = False
) -> None:
    lazy_operation(f"__{name}__", name, symbol)(function)
    if both:
        lazy_operation(f"__r{name}__", name, symbol, reverse=True)(function)


_OPERATORS |= {"getattr": getattr, "getitem": operator.getitem, "call": _call, "value": lambda value: value}
for _name, _symbol in {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items():
    _define(_name, getattr(operator, _name), _symbol)
for _name, _symbol in {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "matmul": "@",
    "lshift": "<<",
    "rshift": ">>",
    "xor": "^",
}.items():
    _define(_name, getattr(operator, _name), _symbol, both=True)
_define("and", lambda left, right: left and right, "&", both=True)
_define("or", lambda left, right: left or right, "|", both=True)
# These two may be given another operand.
_define("pow", pow, "**", both=True)
_define("round", round)
_define("divmod", divmod, both=True)
for _name, _symbol in {"neg": "-", "pos": "+", "invert": "~"}.items():
    _define(_name, getattr(operator, _name), _symbol)
_define("abs", abs)
for _name in ("trunc", "floor", "ceil"):
    _define(_name, getattr(math, _name))
