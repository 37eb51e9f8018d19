"""Signatures that a decorator cannot keep, told to type checkers.

Floor: language. A decorator that makes an object of a generic function loses how the type of the result follows from
those of the arguments. A class that derives from `Task` and annotates `__call__` tells it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["typed"]

S = TypeVar("S")


def typed(signature: type[S]) -> Callable[[Any], S]:
    """Let type checkers see a task as `signature` says; it stays what it is.

    Parameters
    ----------
    signature : class
        Derives from ``Task[..., Any]`` and annotates ``__call__``.

    Examples
    --------
    >>> from typing import Any, TypeVar
    >>> from redun import Task, task
    >>> T = TypeVar("T")
    >>> class First(Task[..., Any]):
    ...     def __call__(self, items: list[T]) -> T: ...
    >>> @typed(First)
    ... @task(namespace="docs")
    ... def first(items):
    ...     return items[0]
    >>> type(first).__name__
    'Task'
    """
    return lambda made: made
