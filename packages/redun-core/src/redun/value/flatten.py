"""Deep and lazy values as a flat program, so that pickling them needs no recursion.

Floor: values. `pickle` recurses once per level of nesting and fails at a few hundred; a chain of calls may be
a hundred thousand deep. A flattened value is a list of steps in which each step names its parts by number, so
pickling and loading walk a list. Parts that are shared stay shared.
"""

from __future__ import annotations

from typing import Any

from redun.errors import UnserializableValueError
from redun.value.nested import LAZY, Lazy, is_flat, shape_of

__all__ = ["Flat", "flatten"]

Step = tuple[Any, Any, tuple[int, ...]]
"""(kind, static, numbers of the parts); kind is None for a leaf, a Lazy class, or a container's type."""


class Flat:
    """A flattened value; unpickling it gives the value itself back."""

    __slots__ = ("steps",)

    def __init__(self, steps: list[Step]) -> None:
        self.steps = steps

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.steps,)


def flatten(value: object) -> Flat:
    """Take a nested value apart into steps, parts before wholes.

    Raises
    ------
    UnserializableValueError
        A container holds itself.
    """
    steps: list[Step] = []
    numbers: dict[int, int] = {}
    keep: list[object] = []
    entered: set[int] = set()
    stack: list[Any] = [value]
    while stack:
        part = stack[-1]
        if id(part) in numbers:
            stack.pop()
            continue
        shape = shape_of(part.__class__)
        if shape is None:
            kind: Any = None
            static: Any = part
            children: tuple[Any, ...] = ()
        elif shape is LAZY:
            kind = part.__class__
            static, children = part.__redun_flatten__()
        elif is_flat(part):
            kind, static, children = None, part, ()
        else:
            children = tuple(shape.children(part))
            kind, static = _frame(part)
        missing = [child for child in children if id(child) not in numbers]
        if missing:
            if id(part) in entered:
                raise UnserializableValueError(
                    f"A {type(part).__qualname__} that holds itself cannot be stored together with "
                    "lazy or very deep values; break the cycle."
                )
            entered.add(id(part))
            keep.extend(children)
            stack.extend(reversed(missing))
            continue
        numbers[id(part)] = len(steps)
        keep.append(part)
        steps.append((kind, static, tuple([numbers[id(child)] for child in children])))
        stack.pop()
    return Flat(steps)


def _frame(container: Any) -> tuple[Any, Any]:
    # Plain containers need their type alone; the others are copied from a shell that holds what is no part.
    kind = container.__class__
    if kind in (list, tuple, set, frozenset, dict):
        return kind, None
    shape = shape_of(kind)
    assert shape is not None
    return Flat, shape.build(container, [None] * len(shape.children(container)))


def _restore(steps: list[Step]) -> Any:
    values: list[Any] = []
    for kind, static, numbers in steps:
        parts = [values[number] for number in numbers]
        if kind is None:
            values.append(static)
        elif kind is Flat:
            values.append(_shape(static).build(static, parts))
        elif issubclass(kind, Lazy):
            values.append(kind.__redun_unflatten__(static, tuple(parts)))
        else:
            values.append(_shape(kind()).build(None, parts))
    return values[-1]


def _shape(container: Any) -> Any:
    return shape_of(container.__class__)
