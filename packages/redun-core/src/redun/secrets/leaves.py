"""Looking into values: the texts and numbers in a secret, records with secret fields, calls of tasks that take secrets.

Floor: secrets. All walks are iterative.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from redun.expression.base import TaskExpression
from redun.secrets.annotations import secret_fields
from redun.task.partial import PartialTask
from redun.task.task import Task
from redun.value.nested import LAZY, Lazy, is_flat, is_holder, shape_of
from redun.value.shapes import attributes_of

__all__ = ["Mention", "leaves_of", "mentions_in", "record_secrets", "tasks_called"]

_ATOMS = (str, bytes, bytearray, memoryview, int, float)
_HEAP_TYPE = 1 << 9

Mention = TaskExpression | PartialTask[Any] | Task[..., Any]
"""Where a value names a task."""

_MENTIONS = (TaskExpression, PartialTask, Task)


def leaves_of(secret: Any) -> tuple[list[Any], list[Lazy]]:
    """Return the texts, bytes and numbers in a secret, the keys of dicts apart, and the lazy values in it."""
    found: list[Any] = []
    lazy: list[Lazy] = []
    seen: dict[int, object] = {}
    stack = [secret]
    while stack:
        part = stack.pop()
        kind = part.__class__
        if isinstance(part, _ATOMS):
            found.append(part)
            continue
        if id(part) in seen:
            continue
        seen[id(part)] = part
        shape = shape_of(kind)
        if shape is LAZY:
            lazy.append(part)
        elif isinstance(part, dict):
            stack += part.values()
        elif shape is not None:
            stack += shape.children(part)
        elif is_holder(kind):
            stack += part.__redun_holds__()
        elif kind.__flags__ & _HEAP_TYPE and not isinstance(part, (type, Task)):
            stack += attributes_of(part)
    return found, lazy


def record_secrets(value: Any) -> Iterator[Any]:
    """Yield the fields that are typed as secrets of all records in a value."""
    for part in _walk(value):
        for name in secret_fields(part.__class__):
            yield getattr(part, name, None)


def mentions_in(value: Any) -> Iterator[Mention]:
    """Yield the calls, partial calls and tasks in a value, whatever they lie in."""
    for part in _walk(value):
        if isinstance(part, _MENTIONS):
            yield part


def tasks_called(lazy: Lazy) -> Iterator[TaskExpression]:
    """Yield the calls whose results go into a lazy value: its own, and those of what they are given."""
    seen: dict[int, object] = {}
    stack: list[Any] = [lazy]
    while stack:
        part = stack.pop()
        if id(part) in seen:
            continue
        seen[id(part)] = part
        if isinstance(part, TaskExpression) and not part._redun_task.is_form:
            yield part
        if shape_of(part.__class__) is not None:
            stack += _children(part)


def _walk(value: Any) -> Iterator[Any]:
    seen: dict[int, object] = {}
    stack = [value]
    while stack:
        part = stack.pop()
        kind = part.__class__
        shape = shape_of(kind)
        known = isinstance(part, (Task, PartialTask)) or is_holder(kind)
        if (shape is None and not known) or id(part) in seen:
            continue
        seen[id(part)] = part
        yield part
        if not isinstance(part, Task) and not is_flat(part):
            stack += _children(part)


def _children(part: Any) -> list[Any]:
    if isinstance(part, TaskExpression):
        more = (part._redun_kwargs or {}, part._redun_options or {})
        return [*part._redun_args, *more[0].values(), *more[1].values()]
    shape = shape_of(part.__class__)
    if shape is LAZY:
        return list(part.__redun_flatten__()[1])
    if shape is not None:
        return list(shape.children(part))
    return list(part.__redun_holds__()) if is_holder(part.__class__) else []
