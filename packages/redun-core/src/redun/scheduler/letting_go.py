"""Letting go of what expressions hold of an execution.

Floor: scheduler. An expression notes its cell, so that it is evaluated once. Those that bodies return pass away with
their jobs; those that a user keeps would keep all results and jobs of the execution alive.
"""

from __future__ import annotations

from typing import Any

from redun.expression.base import ApplyExpression, TaskExpression
from redun.value.nested import Lazy, scan

__all__ = ["let_go_cells"]


def let_go_cells(value: Any, run: object) -> None:
    """Make the expressions in a nested value forget an evaluation that is over."""
    stack = scan(value, _is_lazy)
    while stack:
        expression = stack.pop()
        cell = expression._redun_cell
        # One that is not of this evaluation was not unfolded by it, or was seen before.
        if cell is None or cell.run is not run:
            continue
        expression._redun_cell = None
        if isinstance(expression, ApplyExpression):
            stack += scan((expression._redun_args, expression._redun_kwargs), _is_lazy)
        if isinstance(expression, TaskExpression) and expression._redun_options:
            stack += scan(expression._redun_options, _is_lazy)


def _is_lazy(kind: type) -> bool:
    return issubclass(kind, Lazy)
