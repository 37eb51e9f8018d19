"""Plain Python functions and texts, applied to lazy values.

Floor: scheduler's library.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import dedent
from typing import Any, TypeVar

from redun.errors import ArgumentError
from redun.functools.signatures import ApplyFunc
from redun.task.decorator import task
from redun.task.partial import PartialTask
from redun.task.typed import typed

__all__ = ["apply_func", "as_task", "eval_"]

R = TypeVar("R")


@typed(ApplyFunc)
@task(namespace="redun", version="1")
def apply_func(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a plain function with lazy arguments.

    Parameters
    ----------
    func : function
        Defined at the top of a module, or built in; a change of its code is noticed.
    *args, **kwargs
        What it is called with, once evaluated.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> from redun.functools import apply_func
    >>> @task(namespace="docs")
    ... def measure(n: int) -> int:
    ...     return n * n
    >>> Scheduler().run(apply_func(max, measure(2), measure(3)))
    9
    """
    return func(*args, **kwargs)


def as_task(func: Callable[..., R]) -> PartialTask[R]:
    """Return a plain function as a task.

    Parameters
    ----------
    func : function
        Defined at the top of a module, or built in; a change of its code is noticed.

    Examples
    --------
    >>> from redun import Scheduler
    >>> from redun.functools import as_task, map_
    >>> Scheduler().run(map_(as_task(len), ["one", "three"]))
    [3, 5]
    """
    if not callable(func):
        raise ArgumentError(f"as_task() wants a function, not {func!r}.")
    return apply_func.partial(func)


@task(namespace="redun", version="1")
def eval_(code: str, *args: Any, pos_args: Sequence[str] = (), **kwargs: Any) -> Any:
    """Evaluate the text of a Python expression in which lazy values have names.

    Parameters
    ----------
    code : str
        One expression; it sees the variables and Python's builtins.
    *args
        Values of the variables that `pos_args` names.
    pos_args : sequence of str
    **kwargs
        Further variables.

    Raises
    ------
    ArgumentError
        There are more or fewer positional values than names.

    Examples
    --------
    >>> from redun import Scheduler
    >>> from redun.functools import eval_
    >>> Scheduler().run(eval_("(low + high) / 2", low=1, high=4))
    2.5
    >>> Scheduler().run(eval_("a - b", 5, 3, pos_args=["a", "b"]))
    2
    """
    if len(args) != len(pos_args):
        raise ArgumentError(
            f"eval_({code!r}): pos_args names {len(pos_args)} variables, and {len(args)} values are given."
        )
    return eval(dedent(code).strip(), {**dict(zip(pos_args, args, strict=True)), **kwargs})
