"""The tasks defined in this process, by full name.

Floor: language. The only module-level state of redun: a decorator has nowhere else to put what it makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from redun.errors import UnhashableValueError, UnknownTaskError

if TYPE_CHECKING:
    from redun.task.task import Task

__all__ = ["TaskRegistry", "get_task_registry"]


class TaskRegistry:
    """Tasks by full name; a later definition replaces an earlier one.

    Attributes
    ----------
    hasher : callable or None
        Asked once per task for a function that hashes its code in another way than ours, or None.
    known_options : set of str, or None
        Names of all options, those of plugins and of the project included; None until a scheduler knows them.
    replaced : list of (Task, Task)
        Definitions that took the full name of another function's task, after the one they replaced.

    Examples
    --------
    >>> from redun import get_task_registry, task
    >>> @task(namespace="docs")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> registry = get_task_registry()
    >>> registry.get("docs.double") is double, registry.get(hash=double.hash) is double
    (True, True)
    >>> "docs.double" in registry, double in list(registry)
    (True, True)
    """

    def __init__(self) -> None:
        self._tasks: dict[str, Task[..., Any]] = {}
        self.hasher: Callable[[Task[..., Any]], Callable[[Any], bytes] | None] | None = None
        self.known_options: frozenset[str] | None = None
        self._modules: tuple[int, tuple[str, ...]] | None = None
        self.replaced: list[tuple[Task[..., Any], Task[..., Any]]] = []

    def add(self, task: Task[..., Any]) -> None:
        """Register a task under its full name."""
        earlier = self._tasks.get(task.fullname)
        if earlier is not None and not _is_same_place(earlier, task):
            self.replaced.append((earlier, task))
        self._tasks[task.fullname] = task

    def get(
        self,
        task_name: str | None = None,
        hash: str | None = None,  # noqa: A002 (the name that callers know)
    ) -> Task[..., Any] | None:
        """Return the task of this full name, or else of this hash (40 hex digits), or None."""
        if task_name is not None or hash is None:
            return self._tasks.get(task_name or "")
        return next((task for task in self if _hash_of(task) == hash), None)

    def rename(self, old_name: str, new_namespace: str, new_name: str) -> Task[..., Any]:
        """Give a task another full name, and so another hash; its old name is free."""
        task = self.require(old_name)
        task._name(new_name, new_namespace)
        del self._tasks[old_name]
        self.add(task)
        return task

    @property
    def task_hashes(self) -> set[str]:
        """The hashes of all registered tasks, 40 hex digits each."""
        return {digest.hex() for digest in self.digests()}

    def require(self, task_name: str) -> Task[..., Any]:
        """Return the task of this full name.

        Raises
        ------
        UnknownTaskError
            There is none; the message names near misses.
        """
        task = self._tasks.get(task_name)
        if task is None:
            near = get_close_matches(task_name, self._tasks, n=3)
            hint = (
                f" Did you mean {' or '.join(near)}?" if near else " Is the module that defines it imported?"
            )
            raise UnknownTaskError(f"No task is named {task_name!r}.{hint}")
        return task

    def digests(self) -> frozenset[bytes]:
        """Return the hashes of all registered tasks that have one."""
        digests: set[bytes] = set()
        for task in list(self._tasks.values()):
            # A task that cannot be hashed cannot be called, which is told there.
            with suppress(UnhashableValueError):
                digests.add(task.digest)
        return frozenset(digests)

    def modules(self) -> tuple[str, ...]:
        """Return the modules that another process imports to have the same tasks, sorted."""
        if self._modules is None or self._modules[0] != len(self._tasks):
            self._modules = len(self._tasks), tuple(sorted({task.load_module for task in self}))
        return self._modules[1]

    def __iter__(self) -> Iterator[Task[..., Any]]:
        return iter(list(self._tasks.values()))

    def __contains__(self, task_name: str) -> bool:
        return task_name in self._tasks


def _is_same_place(earlier: Task[..., Any], later: Task[..., Any]) -> bool:
    """Tell whether a task is defined anew: by a module that is loaded again, a cell of a notebook, a function."""
    if earlier.source_file != later.source_file:
        return earlier.__module__ == later.__module__
    names = earlier.func.__qualname__, later.func.__qualname__
    return names[0] == names[1] or any("<locals>" in name for name in names)


def _hash_of(task: Task[..., Any]) -> str | None:
    try:
        return task.hash
    except UnhashableValueError:
        return None


_registry = TaskRegistry()


def get_task_registry() -> TaskRegistry:
    """Return the registry of this process.

    Examples
    --------
    >>> get_task_registry().get("docs.nowhere") is None
    True
    """
    return _registry
