"""How many results a return annotation promises.

Floor: language.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

__all__ = ["annotated_length", "get_tuple_type_length"]


def get_tuple_type_length(annotation: Any) -> int | None:
    """Return the length of a fixed-length tuple type or NamedTuple class, else None.

    Examples
    --------
    >>> get_tuple_type_length(tuple[int, str]), get_tuple_type_length(tuple[int, ...])
    (2, None)
    """
    if isinstance(annotation, type) and issubclass(annotation, tuple) and hasattr(annotation, "_fields"):
        return len(annotation._fields)
    if typing.get_origin(annotation) is tuple:
        args = typing.get_args(annotation)
        if Ellipsis in args:
            return None
        return 0 if args == ((),) else len(args)
    return None


def annotated_length(func: Callable[..., Any]) -> int | None:
    """Return the number of results that a function's return annotation promises, else None."""
    annotation = getattr(func, "__annotations__", {}).get("return")
    if isinstance(annotation, str):
        try:
            annotation = typing.get_type_hints(func).get("return")
        except Exception:
            # A name that exists for type checkers only promises nothing at run time.
            return None
    return get_tuple_type_length(annotation)
