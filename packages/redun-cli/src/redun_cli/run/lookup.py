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
    from redun.session import RecordedCall
    from redun.task import Task

    from redun_cli.run.script import Script

__all__ = ["description", "find_task", "listing", "recorded_task", "shorten", "user_tasks"]


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


def recorded_task(call: RecordedCall, script: Script) -> Task[Any, Any]:
    """Return the task that a recorded call was made of, as it is now.

    Raises
    ------
    UnknownTaskError
        The workflow defines it no longer.
    """
    from redun.task import get_task_registry

    task = get_task_registry().get(call.task)
    if task is None:
        raise UnknownTaskError(
            f"job {call.job} called {call.task}, which {script.target} does not define; "
            f"`redun run {script.target}` lists its tasks."
        )
    return task


def description(task: Task[Any, Any]) -> str:
    """Render a task's hash, name, tags and source."""
    from redun.tags import format_tag_key_value

    tags = [format_tag_key_value(key, value) for key, value in task.get_task_option("tags") or ()]
    return f"{' '.join(['Task', task.hash, task.fullname, *tags])}\n\n{task.source.rstrip()}"


def listing(tasks: Iterable[Task[Any, Any]]) -> str:
    """Render tasks one per line: name, signature and the first line of the docstring."""
    lines = []
    for task in tasks:
        summary = (inspect.getdoc(task.func) or "").partition("\n")[0]
        lines.append(f"  {task.fullname}{_signature(task)}" + (f"\n      {summary}" if summary else ""))
    return "\n".join(["Tasks available:", *lines]) if lines else "No tasks: decorate a function with @task."


class _Shown:
    """Stands in a signature for what is to be shown as this text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _signature(task: Task[..., Any]) -> str:
    """Render a signature as it is written: annotations without quotes, long defaults cut."""

    def shown(parameter: inspect.Parameter) -> inspect.Parameter:
        if parameter.default is not parameter.empty:
            parameter = parameter.replace(default=_Shown(shorten(parameter.default)))
        if isinstance(parameter.annotation, str):
            parameter = parameter.replace(annotation=_Shown(parameter.annotation))
        return parameter

    signature = task.signature.replace(
        parameters=[shown(each) for each in task.signature.parameters.values()]
    )
    if isinstance(signature.return_annotation, str):
        signature = signature.replace(return_annotation=_Shown(signature.return_annotation))
    return str(signature)


def shorten(value: object, width: int = 60) -> str:
    """Return a value's repr, cut to `width` characters."""
    text = repr(value)
    return text if len(text) <= width else text[: width - 1] + "…"
