"""The hash of a task: what makes it another task.

Floor: language.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from redun.errors import TaskDefinitionError, UnhashableValueError
from redun.hashing.digest import digest
from redun.task.checks import place_of
from redun.task.registry import get_task_registry

if TYPE_CHECKING:
    from redun.task.definition import Definition
    from redun.task.task import Task

__all__ = ["closes_over_data", "compatible_digest", "task_digest"]


def task_digest(task: Task[..., Any]) -> bytes:
    """Return the hash of a task: its full name, its version, source or the code that it reaches, and `hash_includes`.

    Raises
    ------
    UnhashableValueError
        A value of `hash_includes` has no content hash.
    """
    from redun.hashing.values import hash_value

    if task.compat:
        return compatible_digest(task)
    if task.version is not None:
        code = digest(b"version", task.version.encode())
    elif task.given_source is not None:
        code = digest(b"source", task.given_source.encode("utf-8", "surrogatepass"))
    else:
        ask = get_task_registry().hasher
        hasher = ask(task) if ask is not None else None
        if hasher is None:
            from redun.hashing.code import hash_code

            code = hash_code(task.func)
        else:
            code = hasher(task)
    try:
        included = sorted(hash_value(value) for value in task.hash_includes)
    except UnhashableValueError as error:
        raise UnhashableValueError(f"Task {task.fullname}, hash_includes: {error}") from error.__cause__
    if task.script:
        # As an ordinary task, the same code gives the text and not what comes of it.
        included.append(b"script")
    return digest(b"task", task.fullname.encode(), code, *included)


def compatible_digest(task: Definition) -> bytes:
    """Return the hash of an earlier version whose results a task keeps.

    Raises
    ------
    TaskDefinitionError
        `compat` gives no hash.
    """
    text: object = task.compat[0]
    try:
        found = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        found = b""
    if len(found) != 20:
        raise TaskDefinitionError(
            f"{place_of(task)}: compat must begin with the hash of an earlier version, 40 hex digits, not {text!r}."
        )
    return found


def closes_over_data(func: Callable[..., Any]) -> bool:
    """Tell whether a function holds values of the function around it."""
    for cell in getattr(func, "__closure__", None) or ():
        try:
            # Functions, classes and tasks are code, which may change like any other.
            if not callable(cell.cell_contents):
                return True
        except ValueError:
            continue
    return False
