"""Reading the context, and calls whose context is changed where they are made.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from redun.errors import ArgumentError
from redun.expression.base import TaskExpression
from redun.scheduler.cells import FormCell, Job
from redun.scheduler.forms import Effect, special_form
from redun.task.context import Context, extended, get_context_value
from redun.task.options import CONTEXT
from redun.value.nested import Lazy, contains_lazy

if TYPE_CHECKING:
    from redun.secrets.vault import Vault

__all__ = ["Scope", "Scoped", "change_context", "get_context", "in_settled_context"]

_MISSING: Any = object()


@attrs.frozen
class _Read(Effect):
    path: str

    def perform(self, form: FormCell) -> Any:
        owner = form.owner
        assert owner is not None
        context = owner.context
        while isinstance(owner, Scope):
            owner = owner.caller
        owner.context_used = True
        return get_context_value(context.values if context is not None else {}, self.path, _MISSING)


@special_form()
def get_context(var_path: str, default: Any = None) -> Generator[Any, Any, Any]:
    """Read the context of the call, lazily; most useful as the default of a parameter or as a task option.

    Parameters
    ----------
    var_path : str
        Names of nested dicts, with dots between them.
    default : optional
        The value when there is nothing at this path; an explicit None there is a value.

    Examples
    --------
    >>> from redun import Scheduler, get_context, task
    >>> @task(version="1")
    ... def greet(name: str, greeting: str = get_context("text.greeting", "Hello")) -> str:
    ...     return f"{greeting}, {name}!"
    >>> Scheduler().run(greet("Ada"), context={"text": {"greeting": "Good morning"}})
    'Good morning, Ada!'
    """
    if isinstance(var_path, Lazy):
        var_path = yield var_path
    if not isinstance(var_path, str):
        raise ArgumentError(f"get_context() wants a path such as 'a.b', not {var_path!r}.")
    found = yield _Read(var_path)
    return default if found is _MISSING else found


class Scope(Job):
    """The calling job, in the context of a call that it makes: where the defaults of that call are evaluated.

    Calls made by defaults are children of the caller.
    """

    __slots__ = ("caller",)

    def __init__(self, caller: Job, context: Context | None) -> None:
        super().__init__(caller.run, caller.owner, caller.task, caller.policy)
        self.caller = caller
        self.context = context
        self.number = caller.number
        self.names, self.values = caller.names, caller.values
        if caller.children is None:
            caller.children = []
        self.children = caller.children


class Scoped(Lazy):
    """A nested value that is to be evaluated in another scope than the one it stands in."""

    __slots__ = ("_redun_cell", "scope", "template")

    def __init__(self, scope: Scope, template: Any) -> None:
        self._redun_cell: Any = None
        self.scope = scope
        self.template = template

    def __redun_flatten__(self) -> tuple[object, tuple[Any, ...]]:
        return None, (self.template,)


def change_context(
    job: Job, call: TaskExpression, changes: Mapping[str, Any], vault: Vault | None = None
) -> None:
    """Give a job that is being made its own context, in which those of its arguments that are defaults are evaluated.

    Raises
    ------
    UnhashableValueError
        A value in the context has no content hash.
    """
    context = extended(job.context, changes)
    job.context = context if vault is None else vault.learn_context(context)
    defaults = call._redun_task.binder.defaulted(call._redun_args, call._redun_kwargs)
    if not defaults or job.owner is None:
        return
    scope = Scope(job.owner, job.context)
    job.template = tuple(
        [
            Scoped(scope, item) if name in defaults and contains_lazy(item) else item
            for name, item in zip(job.names, job.template, strict=True)
        ]
    )


def in_settled_context(call: TaskExpression) -> Generator[Any, Any, Any]:
    """Evaluate what changes the context of a call, in its caller's context, and then make the call: a special form."""
    options = dict(call._redun_options or {})
    options[CONTEXT] = yield options[CONTEXT]
    return TaskExpression(call._redun_task, call._redun_args, call._redun_kwargs, options)
