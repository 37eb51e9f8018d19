"""Work of which only the outcome is recorded.

Floor: scheduler's library.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from redun.expression.quoting import QuotedExpression
from redun.task.decorator import task

__all__ = ["no_prov"]

T = TypeVar("T")


@task(name="no_prov", namespace="redun", version="1", check_valid="shallow")
def recorded(expr: QuotedExpression) -> Any:
    """Stand for an expression in the record: its value is replayed until code below it changes."""
    return unrecorded(expr)


@task(name="no_prov_helper", namespace="redun", version="1", prov=False)
def unrecorded(expr: QuotedExpression) -> Any:
    """Evaluate an expression without recording it."""
    return expr.eval()


def no_prov(expr: T) -> T:
    """Evaluate an expression without recording the calls in it; its final value is recorded and replayed.

    Parameters
    ----------
    expr
        Any nested value.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> from redun.functools import no_prov
    >>> @task(namespace="docs")
    ... def square(x: int) -> int:
    ...     return x * x
    >>> @task(namespace="docs")
    ... def squares(n: int) -> list[int]:
    ...     return [square(i) for i in range(n)]
    >>> Scheduler().run(no_prov(squares(4)))
    [0, 1, 4, 9]
    """
    return cast("T", recorded(QuotedExpression(expr)))
