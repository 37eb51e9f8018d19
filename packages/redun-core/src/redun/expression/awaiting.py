"""`await` of an expression: whoever runs the body of an async task says how.

Floor: language.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from redun.errors import ExpressionError

__all__ = ["awaitable", "evaluation", "force"]

T = TypeVar("T")

evaluation: ContextVar[Callable[[Any], Generator[Any, None, Any]] | None] = ContextVar(
    "redun_evaluation", default=None
)
"""How the async body that is running has expressions evaluated; what it gathers inherits it."""


def force(expression: Any) -> Generator[Any, None, Any]:
    """Have an expression evaluated for the body that awaits it, and return its value.

    Raises
    ------
    ExpressionError
        This is no body of an async task.
    """
    evaluate = evaluation.get()
    if evaluate is None:
        raise ExpressionError(
            f"Cannot await the lazy value {expression!r} here: only the body of an async task (`@task` on an "
            "`async def`) can have expressions evaluated while it runs. Elsewhere, return the expression, pass it to "
            "another task, or give it to Scheduler.run()."
        )
    return evaluate(expression)


def awaitable(value: T) -> Awaitable[T]:
    """Return what the body of an async task awaits to have a nested value evaluated.

    An expression can be awaited as it is. Type checkers do not know that, as they take a call of a task for its result;
    this tells them. Besides, whole lists and dicts of expressions can be awaited in this way.

    Parameters
    ----------
    value
        An expression, or a nested value with expressions in it.

    Examples
    --------
    >>> from redun import Scheduler, awaitable, task
    >>> @task(namespace="docs")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> @task(namespace="docs")
    ... async def until(limit: int) -> list[int]:
    ...     x = 1
    ...     while x < limit:
    ...         x = await awaitable(double(x))
    ...     return await awaitable([x, double(x)])
    >>> Scheduler().run(until(10))
    [16, 32]
    """
    from redun.expression.base import Expression, ValueExpression

    return cast("Awaitable[T]", value if isinstance(value, Expression) else ValueExpression(value))
