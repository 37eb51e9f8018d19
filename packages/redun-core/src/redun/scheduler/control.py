"""Control flow on lazy values: cond, catch, catch_all, seq, throw.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

from redun.errors import ArgumentError
from redun.expression.base import Expression
from redun.expression.quoting import QuotedExpression
from redun.scheduler.forms import LAST, Settled, Traced, special_form
from redun.scheduler.signatures import Catch, CatchAll, Cond, Seq, Throw
from redun.task.decorator import task
from redun.task.partial import PartialTask
from redun.task.task import Task
from redun.task.typed import typed

__all__ = ["catch", "catch_all", "cond", "root_task", "seq", "throw"]

_Form = Generator[Any, Any, Any]
_Classes = type[BaseException] | tuple[type[BaseException], ...]


@typed(Cond)
@special_form()
def cond(condition: Any, then: Any, *rest: Any) -> _Form:
    """Evaluate one of several branches: a lazy `if`, `elif`, `else`.

    Conditions are evaluated one at a time, and nothing of the branches that are not taken.

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

    Examples
    --------
    >>> from redun import Scheduler, cond, task
    >>> @task(namespace="docs")
    ... def measure() -> int:
    ...     return 7
    >>> size = measure()
    >>> Scheduler().run(cond(size > 100, "large", size > 5, "medium", "small"))
    'medium'
    """
    branches = [condition, then, *rest]
    while len(branches) > 1:
        if (yield branches[0]):
            return branches[1]
        branches = branches[2:]
    if not branches:
        raise IndexError("cond(): no condition is true and there is no else value.")
    return branches[0]


@typed(Catch)
@special_form()
def catch(expr: Any, *recoveries: Any) -> _Form:
    """Evaluate an expression and recover from errors: a lazy `try`, `except`.

    Whether there is something to recover from is found out anew in each execution, so a recovery never outlives the
    code, the context or the bad luck that it recovered from.

    Parameters
    ----------
    expr
        Any nested value. The first error in it decides; what else it holds runs on.
    *recoveries
        Pairs of an error class (or a tuple of them) and a task or function that is called with the error; the first
        class that matches decides. Errors that match none go on, as do errors of the recovery.

    Raises
    ------
    ArgumentError
        What follows `expr` are no such pairs.

    Examples
    --------
    >>> from redun import Scheduler, catch, task
    >>> @task(namespace="docs")
    ... def divide(a: int, b: int) -> float:
    ...     return a / b
    >>> @task(namespace="docs")
    ... def on_zero(error: ZeroDivisionError) -> float:
    ...     return float("inf")
    >>> Scheduler().run(catch(divide(1, 0), ZeroDivisionError, on_zero))
    inf
    """
    pairs = list(zip(recoveries[::2], recoveries[1::2], strict=False))
    if len(recoveries) % 2:
        raise ArgumentError("catch() wants pairs of an error class and a recovery after the expression.")
    for classes, recover in pairs:
        _check("catch()", classes, recover)
    try:
        yield expr
    except Exception as error:
        for classes, recover in pairs:
            if isinstance(error, classes):
                return recover((yield Traced(error)) if isinstance(recover, (Task, PartialTask)) else error)
        raise
    return LAST


@typed(CatchAll)
@special_form()
def catch_all(
    exprs: Any, error_class: _Classes | None = None, recover: Callable[[Any], Any] | None = None
) -> _Form:
    """Evaluate all of several expressions, whichever of them fail, then recover at once.

    Parameters
    ----------
    exprs
        A nested value of expressions; all of them are waited for.
    error_class : exception class or tuple of them, optional
        Errors to recover from, by default all; with any other error the first such is raised.
    recover : task or function, optional
        Called with the nested value, errors standing where expressions failed. Without it, the first error is raised.

    Raises
    ------
    ArgumentError
        `error_class` or `recover` is no such thing.

    Examples
    --------
    >>> from redun import Scheduler, catch_all, task
    >>> @task(namespace="docs")
    ... def divide(a: int, b: int) -> float:
    ...     return a / b
    >>> @task(namespace="docs")
    ... def good_ones(results: list) -> list:
    ...     return [result for result in results if not isinstance(result, Exception)]
    >>> Scheduler().run(catch_all([divide(1, 0), divide(6, 3)], ZeroDivisionError, good_ones))
    [2.0]
    """
    error_class = Exception if error_class is None else error_class
    if recover is not None:
        _check("catch_all()", error_class, recover)
    value, errors = yield Settled(exprs)
    if not errors:
        return exprs
    if recover is None:
        raise errors[0]
    for error in errors:
        if not isinstance(error, error_class):
            raise error
    return recover((yield Traced(value)) if isinstance(recover, (Task, PartialTask)) else value)


@typed(Seq)
@special_form()
def seq(exprs: Sequence[Any]) -> _Form:
    """Evaluate expressions strictly one after another; the result is the list of their values.

    Parameters
    ----------
    exprs : list or tuple
        Each item is fully evaluated, with all calls that it leads to, before the next one begins.

    Raises
    ------
    TypeError
        `exprs` is lazy itself: by the time its items were known they would be evaluated.

    Examples
    --------
    >>> from redun import Scheduler, seq, task
    >>> @task(namespace="docs")
    ... def say(word: str) -> str:
    ...     print(word)
    ...     return word
    >>> Scheduler().run(seq([say("first"), say("second")]))
    first
    second
    ['first', 'second']
    """
    if isinstance(exprs, Expression):
        raise TypeError(
            f"seq() wants a list of expressions, not the lazy list {exprs!r}: nothing is known of its items before "
            "they are evaluated. Call seq() inside the task that makes the list."
        )
    ordered = list(exprs)
    for expr in ordered:  # noqa: UP028 (a list takes nothing that is sent)
        yield expr
    # All are evaluated now; their values are put together where it is known which calls they came from.
    return ordered


@typed(Throw)
@task(namespace="redun", version="1")
def throw(error: BaseException) -> Any:
    """Raise an error, lazily: where an expression is wanted, such as in a branch of `cond`.

    Parameters
    ----------
    error : exception
        May be lazy: the result of a task.

    Examples
    --------
    >>> from redun import Scheduler, cond, task, throw
    >>> @task(namespace="docs")
    ... def free_space() -> int:
    ...     return 10
    >>> Scheduler().run(cond(free_space() > 1, "fine", throw(OSError("disk full"))))
    'fine'
    """
    if not isinstance(error, BaseException):
        raise ArgumentError(f"throw() wants an exception, such as ValueError(...), not {error!r}.")
    raise error


@task(namespace="redun", version="1")
def root_task(expr: QuotedExpression) -> Any:
    """Stand at the root of an execution whose expression is not a single call."""
    return expr.eval()


def _check(form: str, classes: Any, recover: Any) -> None:
    listed = classes if isinstance(classes, tuple) else (classes,)
    if not listed or not all(isinstance(one, type) and issubclass(one, BaseException) for one in listed):
        raise ArgumentError(f"{form} wants an error class or a tuple of them, not {classes!r}.")
    if not callable(recover):
        raise ArgumentError(f"{form} wants a task or function that recovers from errors, not {recover!r}.")
