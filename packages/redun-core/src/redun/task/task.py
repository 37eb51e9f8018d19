"""The task: a function whose calls are lazy, cached and recorded.

Floor: language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, cast

from redun.errors import TaskDefinitionError, UnreadableValueError
from redun.expression.base import TaskExpression
from redun.hashing.digest import digest
from redun.task.asynchronous import check_async
from redun.task.checks import check_options, place_of
from redun.task.definition import Definition
from redun.task.options import CONTEXT, Policy, drop_options, update_options
from redun.task.registry import get_task_registry

if TYPE_CHECKING:
    from redun.task.partial import PartialTask

__all__ = ["Task"]

P = ParamSpec("P")
R = TypeVar("R")


class Task(Definition, Generic[P, R]):
    """A function whose calls are lazy expressions.

    Usually made by the `task` decorator. Calling it runs nothing: it returns an expression, typed as the result.

    Parameters
    ----------
    func : callable
        The body.
    name : str, optional
        Default: the function's name. With the namespace and the code it is the task's identity.
    namespace : str, optional
        Default: the module's `redun_namespace`, else the one set by `redun.namespace()`. The full name is
        `namespace.name`.
    version : str, optional
        Replaces the code in the task's hash.
    compat : sequence of str, optional
        The first is taken for the task's hash, whatever its code: that of an earlier version, whose results it keeps.
    script : bool
        The body returns the text of a program, which the executor runs.
    task_options_base : mapping, optional
        Task options, see `redun.task.known`.
    task_options_override : mapping, optional
        Call-time options.
    export_options : mapping, optional
        Options that calls made below inherit.
    hash_includes : sequence, optional
        Values that are hashed in addition; their order does not matter.
    source : str, optional
        Text that stands for the function's own code: it is recorded, and makes the hash.

    Attributes
    ----------
    runs_async : bool
        The body is an `async def`.

    Examples
    --------
    >>> from redun import task
    >>> @task(namespace="sums", version="1", memory=4)
    ... def add(a: int, b: int = 1) -> int:
    ...     return a + b
    >>> add.fullname, add.get_task_options()
    ('sums.add', {'memory': 4})
    >>> add(1).__class__.__name__, add.func(1)
    ('TaskExpression', 2)
    """

    __redun_task__ = True
    is_form = False
    func: Callable[P, R]

    def __init__(
        self,
        func: Callable[P, R],
        name: str | None = None,
        namespace: str | None = None,
        version: str | None = None,
        compat: Sequence[str] | None = None,
        script: bool = False,
        task_options_base: Mapping[str, Any] | None = None,
        task_options_override: Mapping[str, Any] | None = None,
        export_options: Mapping[str, Any] | None = None,
        hash_includes: Sequence[Any] | None = None,
        source: str | None = None,
    ) -> None:
        super().__init__(func, name, namespace, version, compat, script, hash_includes, source)
        self._options = dict(task_options_base or {})
        if export_options:
            exports = self._options.get("export_options")
            self._options["export_options"] = update_options(exports, export_options)
        check_options(place_of(self), self._options)
        if task_options_override:
            check_options(place_of(self), task_options_override)
        self._overrides = dict(task_options_override) if task_options_override else None
        if script and self.runs_async:
            raise TaskDefinitionError(
                f"{place_of(self)}: the body of a script task returns the text of a script; it cannot be async."
            )
        if self.runs_async:
            check_async(place_of(self), self._options)
        self._wrapped: Task[..., Any] | None = None
        self._policy: Policy | None = None
        self._nout: int | None = None
        self._nout_known = False
        excluded = self._options.get("config_args") or ()
        unknown = [name for name in excluded if not self.binder.names_one(name)]
        if unknown:
            raise TaskDefinitionError(
                f"Task {self.fullname}: config_args names no single parameter: {unknown}."
            )
        self.config_args = frozenset(excluded)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if kwargs or len(args) != self.binder._fixed:
            self.binder.check(args, kwargs)
        return cast("R", TaskExpression(self._base(), args, kwargs or None, self._overrides))

    def options(self, **options: Any) -> Task[P, R]:
        """Return this task with call-time options."""
        check_options(place_of(self), options)
        if self.runs_async:
            check_async(place_of(self), options)
        copy: Task[P, R] = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy.__dict__["_registered"] = self._base()
        copy._overrides = update_options(self._overrides, options)
        copy._policy = None
        copy._nout_known = False
        return copy

    def export_options(self, **options: Any) -> Task[P, R]:
        """Return this task with call-time options that jobs made below it inherit."""
        exports = (self._overrides or {}).get("export_options")
        copy = self.options(export_options=update_options(exports, options))
        # What is exported applies to this task too, whatever was given before.
        copy._overrides = drop_options(copy._overrides, options)
        return copy

    def update_context(self, context: Mapping[str, Any] | None = None, **changes: Any) -> Task[P, R]:
        """Return this task with a changed context: for its calls and those below, not for the caller's options.

        Parameters
        ----------
        context : mapping, optional
            Nested dicts, merged deeply into the caller's context; a name with dots is a path.
        **changes
            The same by keyword.

        Examples
        --------
        >>> from redun import Scheduler, get_context, task
        >>> @task(version="1")
        ... def scaled(x: int, factor: int = get_context("scale.factor", 1)) -> int:
        ...     return factor * x
        >>> Scheduler().run([scaled(2), scaled.update_context(scale={"factor": 10})(2)])
        [2, 20]
        """
        from redun.task.context import layered

        known = (self._overrides or {}).get(CONTEXT, {})
        owner = f"update_context() of task {self.fullname}"
        return self.options(**{CONTEXT: layered(owner, known, context or {}, changes)})

    def partial(self, *args: Any, **kwargs: Any) -> PartialTask[R]:
        """Return a task with some arguments already given; they are evaluated when the call is complete."""
        from redun.task.partial import PartialTask

        return PartialTask(self, args, kwargs)

    @property
    def policy(self) -> Policy:
        """The options as the scheduler reads them, when nothing is exported and nothing given at the call."""
        if self._policy is None:
            self._policy = Policy.resolve(self._options, self._overrides)
        return self._policy

    @property
    def nout(self) -> int | None:
        """Number of results, from the option or a fixed-length tuple annotation; None when unknown."""
        if not self._nout_known:
            from redun.task.annotations import annotated_length

            declared = self.get_task_option("nout")
            self._nout = declared if declared is not None else annotated_length(self.func)
            self._nout_known = True
        return self._nout

    @property
    def load_module(self) -> str:
        """The module that a worker imports to get the task."""
        return str(self.get_task_option("load_module", self.func.__module__))

    @property
    def wrapped_task(self) -> Task[..., Any] | None:
        """The task that this one wraps, one level down; None when it wraps none."""
        return self._wrapped

    @property
    def inner_task(self) -> Task[..., Any]:
        """The innermost of the tasks that this one wraps; the task itself when it wraps none."""
        task: Task[..., Any] = self
        while task._wrapped is not None:
            task = task._wrapped
        return task

    def get_task_options(self) -> dict[str, Any]:
        """Return the options of the decorator, updated with those of `options()`."""
        return update_options(self._options, self._overrides or {})

    def get_task_option(self, name: str, default: Any = None) -> Any:
        """Return one option."""
        return self.get_task_options().get(name, default)

    def has_task_option(self, name: str) -> bool:
        """Tell whether an option is set."""
        return name in self.get_task_options()

    def get_hash(self) -> str:
        """Return the hash of this task as a value, call-time options included, as 40 hex digits."""
        return self.__redun_digest__().hex()

    def __redun_digest__(self) -> bytes:
        if not self._overrides:
            return self.digest
        from redun.hashing.unevaluated import hash_held

        return digest(b"task", self.digest, hash_held(self._overrides))

    def __reduce__(self) -> tuple[Any, ...]:
        return load_task, (self.fullname, self.digest, self._overrides)

    def __repr__(self) -> str:
        return f"Task(fullname={self.fullname!r}, hash={self.hash[:8]!r})"


def load_task(
    fullname: str, recorded: bytes | None, overrides: dict[str, Any] | None = None
) -> Task[..., Any]:
    """Return the task of this process that a stored value refers to; `recorded` is its hash, if that matters.

    Raises
    ------
    UnreadableValueError
        The task's code is another one than when the value was stored.
    """
    task = get_task_registry().require(fullname)
    if recorded is not None and task.digest != recorded:
        raise UnreadableValueError(f"Task {fullname} has changed since it was stored.")
    return task.options(**overrides) if overrides else task
