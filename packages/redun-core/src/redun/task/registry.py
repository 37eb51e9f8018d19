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
    """

    def __init__(self) -> None:
        self._tasks: dict[str, Task[..., Any]] = {}
        self.hasher: Callable[[Task[..., Any]], Callable[[Any], bytes] | None] | None = None

    def add(self, task: Task[..., Any]) -> None:
        """Register a task under its full name."""
        self._tasks[task.fullname] = task

    def get(self, task_name: str) -> Task[..., Any] | None:
        """Return the task of this full name, or None."""
        return self._tasks.get(task_name)

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

    def __iter__(self) -> Iterator[Task[..., Any]]:
        return iter(list(self._tasks.values()))

    def __contains__(self, task_name: str) -> bool:
        return task_name in self._tasks


_registry = TaskRegistry()


def get_task_registry() -> TaskRegistry:
    """Return the registry of this process."""
    return _registry
