"""The decorator of scheduler tasks.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from redun.errors import TaskDefinitionError
from redun.namespace import compute_namespace
from redun.scheduler.forms import Form
from redun.scheduler.promising import promised_body
from redun.task.registry import get_task_registry

__all__ = ["SchedulerTask", "scheduler_task"]

_LEADING = 3


P = ParamSpec("P")

_Body = Callable[Concatenate[Any, Any, Any, P], Any]


class SchedulerTask(Form[P]):
    """A task whose body runs in the scheduler, with its arguments unevaluated; made by `scheduler_task`."""


def scheduler_task(
    name: str | None = None,
    namespace: str | None = None,
    version: str | None = "1",
    **task_options: Any,
) -> Callable[[_Body[P]], SchedulerTask[P]]:
    """Make a task whose body runs in the scheduler and decides itself what is evaluated.

    The body is called as `body(scheduler, parent_job, sexpr, *args, **kwargs)`: callers give only what comes after the
    first three. Arguments come unevaluated; `scheduler.evaluate(expr)` gives a `redun.promise.Promise` of a value, and
    a promise is what the body must return. It has no job of its own and is not cached; what it has evaluated is. Since
    it runs in the scheduler's thread, it must not wait for anything itself.

    Parameters
    ----------
    name : str, optional
        By default the function's name.
    namespace : str, optional
        By default as for other tasks.
    version : str, optional
        None: the code is part of the task's hash.
    **task_options
        Options, which `sexpr` shows.

    Returns
    -------
    decorator

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> from redun.scheduler import scheduler_task
    >>> @task(version="1")
    ... def half(x: int) -> float:
    ...     return x / 2
    >>> @scheduler_task(namespace="tour")
    ... def attempt(scheduler, parent_job, sexpr, expr, instead):
    ...     return scheduler.evaluate(expr).catch(lambda error: scheduler.evaluate(instead))
    >>> Scheduler().run(attempt(half("no number"), half(4)))
    2.0
    """

    def decorate(func: _Body[P]) -> SchedulerTask[P]:
        import inspect
        from functools import update_wrapper

        signature = inspect.signature(func)
        parameters = list(signature.parameters.values())
        taken = [one for one in parameters[:_LEADING] if one.kind is one.POSITIONAL_OR_KEYWORD]
        if len(taken) < _LEADING:
            raise TaskDefinitionError(
                f"Scheduler task {func.__qualname__} must take (scheduler, parent_job, sexpr) before its own "
                f"arguments, and takes {signature}."
            )
        body = update_wrapper(promised_body(func, lambda: made), func)
        body.__signature__ = signature.replace(parameters=parameters[_LEADING:])  # type: ignore[attr-defined]
        made: SchedulerTask[P] = SchedulerTask(
            body,
            name=name or func.__name__,
            namespace=compute_namespace(func, namespace),
            version=version,
            task_options_base=task_options,
        )
        get_task_registry().add(made)
        return made

    return decorate
