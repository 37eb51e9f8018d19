"""Tasks made of tasks: composition, constants, and values that wait to be asked for.

Floor: scheduler's library.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

from redun.errors import ArgumentError
from redun.functools.signatures import ComposeApply, Const, Identity
from redun.task.decorator import task
from redun.task.partial import PartialTask
from redun.task.typed import typed

__all__ = ["compose", "compose_apply", "const", "delay", "force", "identity"]

A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")


@overload
def compose(outer: Callable[[A], T], inner: Callable[..., A], /) -> PartialTask[T]: ...
@overload
def compose(
    outer: Callable[[B], T], middle: Callable[[A], B], inner: Callable[..., A], /
) -> PartialTask[T]: ...
@overload
def compose(only: Callable[..., T], /) -> PartialTask[T]: ...
@overload
def compose(
    first: Callable[..., T],
    second: Callable[..., Any],
    third: Callable[..., Any],
    fourth: Callable[..., Any],
    /,
    *others: Callable[..., Any],
) -> PartialTask[T]: ...
def compose(*tasks: Callable[..., Any]) -> PartialTask[Any]:
    """Return a task that calls several, the last one first: `compose(f, g)(x)` is `f(g(x))`.

    Parameters
    ----------
    *tasks : task, partial task or function
        The last one takes the arguments; each other one what the next one returned.

    Raises
    ------
    ArgumentError
        There is no task, or one that cannot be called.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> from redun.functools import compose, map_
    >>> @task(namespace="docs")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> @task(namespace="docs")
    ... def successor(x: int) -> int:
    ...     return x + 1
    >>> Scheduler().run(map_(compose(double, successor), [1, 2, 3]))
    [4, 6, 8]
    """
    if not tasks:
        raise ArgumentError("compose() wants at least one task.")
    for one in tasks:
        if not callable(one):
            raise ArgumentError(f"compose() wants tasks, not {one!r}.")
    return compose_apply.partial(tasks)


@typed(ComposeApply)
@task(namespace="redun", version="1")
def compose_apply(tasks: Sequence[Callable[..., Any]], *args: Any, **kwargs: Any) -> Any:
    """Call several tasks, the last one first: `compose_apply([f, g], x)` is `f(g(x))`.

    Examples
    --------
    >>> from redun import Scheduler
    >>> from redun.functools import compose_apply, flatten, zip_
    >>> Scheduler().run(compose_apply([flatten, zip_], [1, 2], [3, 4]))
    [1, 3, 2, 4]
    """
    *outer, innermost = tasks
    result = innermost(*args, **kwargs)
    for one in reversed(outer):
        result = one(result)
    return result


@typed(Identity)
@task(namespace="redun", version="1")
def identity(x: Any) -> Any:
    """Return what it is given.

    Examples
    --------
    >>> from redun import Scheduler
    >>> from redun.functools import identity
    >>> Scheduler().run(identity(3))
    3
    """
    return x


@typed(Const)
@task(namespace="redun", version="1")
def const(x: Any, _: Any) -> Any:
    """Return the first argument, after both are evaluated: so that the second one happens too.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> from redun.functools import const
    >>> @task(namespace="docs")
    ... def tidy_up() -> None:
    ...     print("tidied up")
    >>> Scheduler().run(const("result", tidy_up()))
    tidied up
    'result'
    """
    return x


def delay(x: T) -> PartialTask[T]:
    """Keep a lazy value unevaluated while it is passed around; `force` gives it back.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> from redun.functools import delay, force
    >>> @task(namespace="docs")
    ... def expensive() -> int:
    ...     return 42
    >>> @task(namespace="docs")
    ... def maybe(wanted: bool, value) -> int:
    ...     return force(value) if wanted else 0
    >>> Scheduler().run([maybe(False, delay(expensive())), maybe(True, delay(expensive()))])
    [0, 42]
    """
    return identity.partial(x)


def force(x: Callable[[], T]) -> T:
    """Ask for what `delay` kept; the delayed value may be lazy itself, such as the result of a task.

    Examples
    --------
    >>> from redun import Scheduler
    >>> from redun.functools import delay, force
    >>> Scheduler().run(force(delay(3)))
    3
    """
    return x()
