"""The `task` decorator.

Floor: language.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from redun.errors import TaskDefinitionError
from redun.task.registry import get_task_registry
from redun.task.task import Task

__all__ = ["task"]

P = ParamSpec("P")
R = TypeVar("R")


class _Decorator(Protocol):
    @overload
    def __call__(self, func: Callable[P, Coroutine[Any, Any, R]], /) -> Task[P, R]: ...
    @overload
    def __call__(self, func: Callable[P, R], /) -> Task[P, R]: ...


# A call of an async task, too, stands for what its body returns in the end.
@overload
def task(func: Callable[P, Coroutine[Any, Any, R]], /) -> Task[P, R]: ...
@overload
def task(func: Callable[P, R], /) -> Task[P, R]: ...
@overload
def task(
    *,
    name: str | None = None,
    namespace: str | None = None,
    version: str | None = None,
    compat: Sequence[str] | None = None,
    script: bool = False,
    hash_includes: Sequence[Any] | None = None,
    source: str | None = None,
    **task_options: Any,
) -> _Decorator: ...
def task(
    func: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    namespace: str | None = None,
    version: str | None = None,
    compat: Sequence[str] | None = None,
    script: bool = False,
    hash_includes: Sequence[Any] | None = None,
    source: str | None = None,
    **task_options: Any,
) -> Any:
    """Turn a function into a task, bare or with options.

    Parameters
    ----------
    name : str, optional
        Default: the function's name.
    namespace : str, optional
        Default: the module's `redun_namespace`, else the one set by `redun.namespace()`.
    version : str, optional
        Replaces the code in the task's hash: the task is re-run only when this changes.
    compat : sequence of str, optional
        The hash of an earlier version, whose results this one keeps.
    script : bool
        The body returns the text of a script, which the executor runs; its standard output, as bytes, is the result.
    hash_includes : sequence, optional
        Values that are hashed in addition to code or version.
    source : str, optional
        Text that stands for the function's own code: it is recorded, and makes the hash.
    **task_options
        `executor`, `cache`, `check_valid`, `nout`, `limits`, `tags`, `export_options` … and whatever the executor
        reads; see `redun.task.known`. A value may be lazy: it is evaluated before the call it is for.

    Returns
    -------
    Task or decorator

    Examples
    --------
    >>> from redun import task
    >>> @task
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> double(double(3))
    double(double(3))
    """

    def decorate(function: Callable[..., Any]) -> Task[..., Any]:
        if isinstance(function, Task):
            raise TaskDefinitionError(f"{function.fullname} is a task already.")
        if isinstance(function, staticmethod):
            function = function.__func__
        if not hasattr(function, "__name__") and name is None:
            raise TaskDefinitionError(
                f"@task wants a name for {function!r}, which has none: @task(name=...)."
            )
        made: Task[..., Any] = Task(
            function,
            name=name,
            namespace=namespace,
            version=version,
            compat=compat,
            script=script,
            task_options_base=task_options,
            hash_includes=hash_includes,
            source=source,
        )
        get_task_registry().add(made)
        return made

    if func is None:
        return decorate
    if not callable(func) and not isinstance(func, staticmethod):
        raise TaskDefinitionError(f"@task wants a function, not {func!r}; options are given by keyword.")
    return decorate(func)
