"""The call at the root of an execution.

Floor: scheduler.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from redun.errors import FileSystemError
from redun.expression.base import TaskExpression
from redun.expression.quoting import QuotedExpression
from redun.file.reference import Reference
from redun.file.staging import Staging
from redun.scheduler.control import root_task
from redun.value.external import externals_of
from redun.value.nested import contains_lazy

__all__ = ["root_call"]


def root_call(expr: Any) -> TaskExpression:
    """Return the one call that an expression is, or a call of `root_task` that stands for it.

    Files in it are looked at anew: an earlier execution of this process may have returned or recorded them.
    """
    for external in externals_of(expr):
        if isinstance(external, Reference | Staging):
            # Whoever hashes it looks.
            external.forget()
        elif hasattr(type(external), "update_hash"):
            # What cannot be looked at is told where it is used.
            with suppress(FileSystemError):
                external.update_hash()
    call: Any = expr if _is_one_call(expr) else root_task(QuotedExpression(expr))
    assert isinstance(call, TaskExpression)
    return call


def _is_one_call(expr: Any) -> bool:
    if not isinstance(expr, TaskExpression) or expr._redun_task.is_form:
        return False
    # Defaults are expressions now and then, and make calls too.
    bound = expr._redun_task.binder.bind(expr._redun_args, expr._redun_kwargs)
    lazy = contains_lazy(bound.values) or contains_lazy(expr._redun_options)
    return not lazy and expr._redun_task.policy.pending is None
