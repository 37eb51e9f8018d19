"""Names of types, as recorded and shown.

Floor: values.
"""

from __future__ import annotations

from typing import Any

from redun.value.treatment import MEMOS, treatment_of

__all__ = ["type_name"]

_names: dict[type, Any] = {}
MEMOS.append(_names)


def type_name(kind: type) -> str:
    """Return the name of a type: ``int``, ``redun.File``, ``module.Class``.

    A class may choose its own as a class attribute `__redun_type_name__`.

    Examples
    --------
    >>> type_name(list)
    'list'
    >>> import datetime
    >>> type_name(datetime.date)
    'datetime.date'
    """
    name: str | None = _names.get(kind)
    if name is None:
        name = _names[kind] = _find_name(kind)
    return name


def _find_name(kind: type) -> str:
    chosen = getattr(kind, "__redun_type_name__", None)
    if isinstance(chosen, str):
        return chosen
    treatment = treatment_of(kind)
    if treatment is not None and treatment.name is not None:
        return treatment.name
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
