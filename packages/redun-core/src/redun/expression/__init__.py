"""Lazy expressions.

Floor: language.
"""

from redun.expression.base import Expression, Operation, QuotedExpression, TaskExpression, quote

SimpleExpression = Operation

__all__ = ["Expression", "Operation", "QuotedExpression", "SimpleExpression", "TaskExpression", "quote"]
