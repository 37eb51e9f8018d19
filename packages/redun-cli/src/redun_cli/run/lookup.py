"""Finding a task by the name that was typed, and listing those there are.

Floor: command line.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from redun.errors import UnknownTaskError

if TYPE_CHECKING:
    from redun.task import Task

    from redun_cli.run.script import Script

__all__ = ["find_task", "listing", "user_tasks"]


def user_tasks() -> list[Task[Any, Any]]:
    """Return the tasks defined in this process, except those of redun itself, by name."""
    from redun.task import get_task_registry

    tasks = (task for task in get_task_registry() if task.namespace.split(".")[0] != "redun")
    return sorted(tasks, key=lambda task: task.fullname)


def find_task(name: str, script: Script, tasks: Iterable[Task[Any, Any]]) -> Task[Any, Any]:
    """Return the task called `name`: in the script's own namespace first, then by its full name.

    Raises
    ------
    UnknownTaskError
        There is none; near misses are named.
    """
    by_name = {task.fullname: task for task in tasks}
    for candidate in (f"{script.namespace}.{name}", name):
        if candidate in by_name:
            return by_name[candidate]
    bare = {task.name: task.fullname for task in by_name.values()}
    near = difflib.get_close_matches(name, [*by_name, *bare], n=3)
    suggestions = list(dict.fromkeys(bare.get(match, match) for match in near))
    if suggestions:
        hint = f"did you mean {' or '.join(suggestions)}?"
    elif by_name:
        hint = f"`redun run {script.target}` lists its tasks."
    else:
        hint = "it defines no tasks: decorate a function with @task."
    raise UnknownTaskError(f"no task {name!r} in {script.target}; {hint}")


def listing(tasks: Iterable[Task[Any, Any]]) -> str:
    """Render tasks one per line: name, signature and the first line of the docstring."""
    lines = []
    for task in tasks:
        summary = (inspect.getdoc(task.func) or "").partition("\n")[0]
        lines.append(f"  {task.fullname}{task.signature}" + (f"\n      {summary}" if summary else ""))
    return "\n".join(["Tasks available:", *lines]) if lines else "No tasks: decorate a function with @task."
