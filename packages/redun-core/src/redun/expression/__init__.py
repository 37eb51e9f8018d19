"""Lazy expressions.

Floor: language.
"""

from redun.expression.awaiting import awaitable
from redun.expression.base import ApplyExpression, Expression, Operation, TaskExpression, ValueExpression
from redun.expression.operators import get_lazy_operation, lazy_operation
from redun.expression.quoting import QuotedExpression, quote

# Names under which workflows may know them. Calls of special forms are calls of tasks.
SimpleExpression = Operation
SchedulerExpression = TaskExpression

__all__ = [
    "ApplyExpression",
    "Expression",
    "Operation",
    "QuotedExpression",
    "SchedulerExpression",
    "SimpleExpression",
    "TaskExpression",
    "ValueExpression",
    "awaitable",
    "get_lazy_operation",
    "lazy_operation",
    "quote",
]
