"""Expressions as data.

Floor: language.
"""

from __future__ import annotations

from typing import Any

from redun.hashing.digest import digest

__all__ = ["QuotedExpression", "quote"]


class QuotedExpression:
    """An expression as data: not looked into and not evaluated.

    Examples
    --------
    >>> from redun import quote, task
    >>> @task(namespace="docs")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> quoted = quote(double(1))
    >>> type(quoted).__name__, quoted.eval()
    ('QuotedExpression', docs.double(1))
    """

    __slots__ = ("_expr",)

    def __init__(self, expr: Any) -> None:
        self._expr = expr

    def eval(self) -> Any:
        """Return the quoted expression, ready to be evaluated where it is returned."""
        return self._expr

    def __redun_holds__(self) -> tuple[Any, ...]:
        return (self._expr,)

    def __redun_digest__(self) -> bytes:
        from redun.hashing.unevaluated import hash_held

        return digest(b"quote", hash_held(self._expr))

    def __reduce__(self) -> tuple[Any, ...]:
        from redun.value.flatten import flatten

        return QuotedExpression, (flatten(self._expr),)

    def __repr__(self) -> str:
        from redun.expression.render import render

        return f"quote({render(self._expr)})"


def quote(expr: Any) -> QuotedExpression:
    """Hide an expression from evaluation, so that it can be passed as data.

    Parameters
    ----------
    expr
        Any nested value; `eval()` of the quote gives it back, to be evaluated where it is returned.

    Examples
    --------
    >>> from redun import task
    >>> @task(namespace="docs")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> quoted = quote(double(3))
    >>> quoted
    quote(docs.double(3))
    >>> quoted.eval()
    docs.double(3)
    """
    return QuotedExpression(expr)
