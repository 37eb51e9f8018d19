"""Partial application of tasks.

Floor: language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from redun.hashing.digest import digest

if TYPE_CHECKING:
    from redun.task.task import Task

__all__ = ["PartialTask"]

R = TypeVar("R")


class PartialTask(Generic[R]):
    """A task with some arguments given. They stay as they are, lazy ones too, until the call is complete.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> @task(namespace="docs")
    ... def power(base: int, exponent: int) -> int:
    ...     return base**exponent
    >>> powers_of_two = power.partial(2)
    >>> Scheduler().run([powers_of_two(3), powers_of_two(exponent=10)])
    [8, 1024]
    """

    def __init__(self, task: Task[..., R], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.task = task
        self.args = args
        self.kwargs = kwargs

    def __call__(self, *args: Any, **kwargs: Any) -> R:
        return self.task(*self.args, *args, **{**self.kwargs, **kwargs})

    def partial(self, *args: Any, **kwargs: Any) -> PartialTask[R]:
        """Give further arguments; keyword arguments replace earlier ones."""
        return PartialTask(self.task, (*self.args, *args), {**self.kwargs, **kwargs})

    def options(self, **options: Any) -> PartialTask[R]:
        """Set call-time options of the task."""
        return PartialTask(self.task.options(**options), self.args, self.kwargs)

    def get_task_option(self, name: str, default: Any = None) -> Any:
        """Return one option of the task."""
        return self.task.get_task_option(name, default)

    def get_task_options(self) -> dict[str, Any]:
        """Return the options of the task."""
        return self.task.get_task_options()

    def has_task_option(self, name: str) -> bool:
        """Tell whether an option of the task is set."""
        return self.task.has_task_option(name)

    def is_valid(self) -> bool:
        """Tell whether the task's name still stands for this version of it."""
        return self.task.is_valid()

    @property
    def fullname(self) -> str:
        """The full name of the task."""
        return self.task.fullname

    def __redun_holds__(self) -> tuple[Any, ...]:
        return self.args, self.kwargs

    def __redun_digest__(self) -> bytes:
        from redun.hashing.unevaluated import hash_held

        return digest(b"partial", self.task.__redun_digest__(), hash_held(self.args), hash_held(self.kwargs))

    def __reduce__(self) -> tuple[Any, ...]:
        from redun.value.flatten import flatten

        return _load_partial, (self.task, flatten((self.args, self.kwargs)))

    def __repr__(self) -> str:
        from redun.expression.render import render_call

        return render_call(f"{self.fullname}.partial", self.args, self.kwargs)


def _load_partial(
    task: Task[..., Any], arguments: tuple[tuple[Any, ...], dict[str, Any]]
) -> PartialTask[Any]:
    return PartialTask(task, *arguments)
