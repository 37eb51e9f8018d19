"""`await` of an expression: whoever runs the body of an async task says how.

Floor: language.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextvars import ContextVar
from typing import Any

from redun.errors import ExpressionError

__all__ = ["evaluation", "force"]

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
