"""Decorators around tasks.

Floor: language.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any, Literal, ParamSpec, Protocol, TypeVar, overload

from redun.errors import TaskDefinitionError
from redun.task.decorator import task
from redun.task.registry import get_task_registry
from redun.task.task import Task

__all__ = ["wraps_task"]

P = ParamSpec("P")
R = TypeVar("R")

_Wrapper = Callable[[Task[..., Any]], Callable[..., Any]]


class _Around(Protocol):
    """The task around takes and returns what the one inside does."""

    def __call__(self, inner: Task[P, R], /) -> Task[P, R]: ...


@overload
def wraps_task(
    wrapper_name: str | None = None,
    wrapper_hash_includes: Sequence[Any] = (),
    use_wrapper_signature: Literal[False] = False,
    **wrapper_task_options: Any,
) -> Callable[[_Wrapper], _Around]: ...
@overload
def wraps_task(
    wrapper_name: str | None = None,
    wrapper_hash_includes: Sequence[Any] = (),
    *,
    use_wrapper_signature: Literal[True],
    **wrapper_task_options: Any,
) -> Callable[[Callable[[Task[..., Any]], Callable[P, R]]], Callable[[Task[..., Any]], Task[P, R]]]: ...


def wraps_task(
    wrapper_name: str | None = None,
    wrapper_hash_includes: Sequence[Any] = (),
    use_wrapper_signature: bool = False,
    **wrapper_task_options: Any,
) -> Any:
    """Make a decorator for tasks of a function that is given a task and returns the body of the task around it.

    The task around takes over the name of the one inside, which moves to a namespace below, named after the wrapper.
    A change of either is a change of the whole. Decorators made in this way may be stacked.

    Parameters
    ----------
    wrapper_name : str, optional
        Name of the namespace; by default that of the decorated function.
    wrapper_hash_includes : sequence
        Values that are hashed in addition.
    use_wrapper_signature : bool
        The task around takes the arguments of its own body, not those of the task inside.
    **wrapper_task_options
        Options of the task around; that inside keeps its own.

    Returns
    -------
    decorator

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> def twice(**options):
    ...     @wraps_task(wrapper_name="_twice", **options)
    ...     def wrapper(inner):
    ...         def body(*args, **kwargs):
    ...             return 2 * inner(*args, **kwargs)
    ...         return body
    ...     return wrapper
    >>> @twice(memory=4)
    ... @task(namespace="sums", version="1")
    ... def add(a, b):
    ...     return a + b
    >>> Scheduler().run(add(1, b=2))
    6
    >>> add.fullname, add.inner_task.fullname
    ('sums.add', 'sums._twice.add')
    """

    def decorator(wrapper: _Wrapper) -> Callable[[Task[..., Any]], Task[..., Any]]:
        own_name = wrapper_name or str(getattr(wrapper, "__name__", "wrapper"))

        def decorate(inner: Task[..., Any]) -> Task[..., Any]:
            if not isinstance(inner, Task):
                raise TaskDefinitionError(
                    f"{own_name} wraps tasks, not {inner!r}; write it above @task, not below."
                )
            inner = inner._base()
            name, namespace = inner.name, inner.namespace
            _move_below(inner, own_name)
            body = wrapper(inner)
            if not callable(body) or isinstance(body, Task):
                raise TaskDefinitionError(
                    f"{own_name} must return the function that is run around {inner.fullname}, not {body!r}."
                )
            update_wrapper(body, inner.func)
            body.__redun_wrapped__ = inner  # type: ignore[attr-defined]
            if use_wrapper_signature:
                del body.__wrapped__  # type: ignore[attr-defined]
            options: dict[str, Any] = dict(wrapper_task_options)
            includes = [*wrapper_hash_includes, inner, *options.pop("hash_includes", ())]
            made: Task[..., Any] = task(name=name, namespace=namespace, hash_includes=includes, **options)(
                body
            )
            made._wrapped = inner
            return made

        return decorate

    return decorator


def _move_below(task: Task[..., Any], own_name: str) -> None:
    if task.wrapped_task is not None:
        # First, or the same wrapper used twice would give two tasks one name.
        _move_below(task.wrapped_task, own_name)
    below = f"{task.namespace}.{own_name}" if task.namespace else own_name
    get_task_registry().rename(task.fullname, below, task.name)
