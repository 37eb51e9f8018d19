"""Control flow on lazy values: cond, catch, catch_all, seq, throw.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

from redun.errors import ArgumentError
from redun.expression.base import Expression, QuotedExpression
from redun.scheduler.forms import LAST, Settled, special_form
from redun.task.decorator import task

__all__ = ["catch", "catch_all", "cond", "root_task", "seq", "throw"]

_Form = Generator[Any, Any, Any]


@special_form()
def cond(condition: Any, then: Any, *rest: Any) -> _Form:
    """Evaluate one of several branches: a lazy `if`, `elif`, `else`.

    Parameters
    ----------
    condition, then
        If the condition is true, the result is `then`.
    *rest
        Further pairs of condition and value, and at the end the value for when no condition is true.

    Raises
    ------
    IndexError
        No condition is true and there is no last value.
    """
    branches = [condition, then, *rest]
    while len(branches) > 1:
        if (yield branches[0]):
            return branches[1]
        branches = branches[2:]
    if not branches:
        raise IndexError("cond(): no condition is true and there is no else value.")
    return branches[0]


@special_form()
def catch(expr: Any, *recoveries: Any) -> _Form:
    """Evaluate an expression and recover from errors: a lazy `try`, `except`.

    Parameters
    ----------
    expr
        Any nested value.
    *recoveries
        Pairs of an error class (or a tuple of them) and a task or function that is called with the error; the first
        class that matches decides.

    Examples
    --------
    `catch(divide(1, 0), ZeroDivisionError, on_zero)`
    """
    pairs = list(zip(recoveries[::2], recoveries[1::2], strict=False))
    if len(recoveries) % 2 or not pairs:
        raise ArgumentError("catch() wants pairs of an error class and a recovery after the expression.")
    try:
        yield expr
    except Exception as error:
        for classes, recover in pairs:
            if isinstance(error, classes):
                return recover(error)
        raise
    return LAST


@special_form()
def catch_all(
    exprs: Any,
    error_class: type[BaseException] | tuple[type[BaseException], ...] | None = None,
    recover: Callable[[Any], Any] | None = None,
) -> _Form:
    """Evaluate all of several expressions, whichever of them fail, then recover at once.

    Parameters
    ----------
    exprs
        A nested value of expressions; all of them are waited for.
    error_class : exception class or tuple of them, optional
        Errors to recover from; with any other error the first such is raised.
    recover : task, optional
        Called with the nested value, errors standing where expressions failed. Without it, the first error is raised.
    """
    value, errors = yield Settled(exprs)
    if not errors:
        return exprs
    if recover is None or error_class is None:
        raise errors[0]
    for error in errors:
        if not isinstance(error, error_class):
            raise error
    return recover(value)


@special_form(namespace="redun.functools")
def seq(exprs: Sequence[Any]) -> _Form:
    """Evaluate expressions strictly one after another; the result is the list of their values."""
    if isinstance(exprs, Expression):
        raise TypeError("seq() wants a list of expressions, not a lazy list.")
    ordered = list(exprs)
    for expr in ordered:  # noqa: UP028 (a list takes nothing that is sent)
        yield expr
    # All are evaluated now; their values are put together where it is known which calls they came from.
    return ordered


@task(namespace="redun", version="1")
def throw(error: BaseException) -> Any:
    """Raise an error, lazily."""
    raise error


@task(namespace="redun", version="1")
def root_task(expr: QuotedExpression) -> Any:
    """Stand at the root of an execution whose expression is not a single call."""
    return expr.eval()
