"""What the annotations of tasks and of record classes keep secret.

Floor: secrets.
"""

from __future__ import annotations

import inspect
import re
import sys
import typing
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redun.task.task import Task

__all__ = ["RETURN", "Secrecy", "parameter_of", "secrecy_of", "secret_fields"]

RETURN = "return"
"""Stands for the result among the names of parameters."""

_WORD = re.compile(r"\bSecret\b")

Secrecy = frozenset[str]
"""Names of parameters, and `RETURN` for the result."""

_fields: dict[type, tuple[str, ...]] = {}


def secrecy_of(task: Task[..., Any]) -> Secrecy:
    """Return what the annotations of a task keep secret; found once.

    Examples
    --------
    >>> from redun import Secret, task
    >>> @task(version="1")
    ... def fetch(url: str, password: Secret[str] | None = None) -> str:
    ...     return url
    >>> secrecy_of(fetch)
    frozenset({'password'})
    """
    known: Secrecy | None = task.__dict__.get("_secrecy")
    if known is None:
        known = task.__dict__["_secrecy"] = _marked(task.func)
    return known


def parameter_of(task: Task[..., Any], name: str) -> str:
    """Return the parameter that an argument of a bound call was given to."""
    parameters = task.signature.parameters
    if name in parameters:
        return name
    item = name.endswith("]") and name.rpartition("[")[0] in parameters
    for parameter in parameters.values():
        if parameter.kind is (parameter.VAR_POSITIONAL if item else parameter.VAR_KEYWORD):
            return parameter.name
    return name


def secret_fields(kind: type) -> tuple[str, ...]:
    """Return the fields of a dataclass or attrs class that are secrets; decided once per class."""
    try:
        return _fields[kind]
    except KeyError:
        record = (
            "__dataclass_fields__" in dir(kind)
            or hasattr(kind, "__attrs_attrs__")
            or hasattr(kind, "_fields")
        )
        found = _fields[kind] = tuple(_marked_of(kind)) if record else ()
        return found


def _marked(func: Callable[..., Any]) -> Secrecy:
    while hasattr(func, "__wrapped__"):
        func = func.__wrapped__
    annotations = getattr(func, "__annotations__", None) or {}
    scope = getattr(func, "__globals__", {})
    return frozenset(name for name, annotation in annotations.items() if _is_secret(annotation, scope))


def _marked_of(kind: type) -> Iterator[str]:
    for base in reversed(kind.__mro__):
        scope = vars(sys.modules.get(base.__module__, typing))
        for name, annotation in inspect.get_annotations(base).items():
            if _is_secret(annotation, scope):
                yield name


def _is_secret(annotation: Any, scope: dict[str, Any]) -> bool:
    """Tell whether `Secret` stands anywhere in an annotation, even in one that cannot be evaluated."""
    if isinstance(annotation, str):
        if "Secret" not in annotation:
            # An alias may stand for one.
            named = scope.get(annotation) if annotation.isidentifier() else None
            return not isinstance(named, (str, type(None))) and _is_secret(named, scope)
        try:
            annotation = eval(annotation, scope)
        except Exception:
            # A name that exists for type checkers only.
            return _WORD.search(annotation) is not None
    stack, seen = [annotation], 0
    while stack and seen < 1000:
        part = stack.pop()
        seen += 1
        if isinstance(part, typing.ForwardRef):
            if _is_secret(part.__forward_arg__, scope):
                return True
            continue
        if any(getattr(each, "__redun_secret__", False) for each in getattr(part, "__metadata__", ())):
            return True
        if hasattr(part, "__supertype__"):
            stack.append(part.__supertype__)
        elif type(part).__name__ == "TypeAliasType":
            stack.append(part.__value__)
        stack += [inner for inner in typing.get_args(part) if not isinstance(inner, (str, bytes, int))]
        if isinstance(part, list):
            stack += part
    return False
