"""How values of types that are not ours are treated: hashed, judged and stored.

Floor: values. A type is treated by its own methods (`Value`, `__redun_digest__` …), or by a `Treatment` that somebody
else declares for it: a `ProxyValue`, a plugin, or redun itself for the tables of well-known libraries. Each type is
decided once; afterwards it costs a look-up in a dict.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import attrs

from redun.hashing.values import set_type_resolver

__all__ = [
    "MEMOS",
    "REDUCERS",
    "Treatment",
    "forget_types",
    "set_treatment_resolver",
    "treat",
    "treatment_of",
]

Reducer = Callable[[Any], Any]


@attrs.frozen
class Treatment:
    """What is done with values of a type instead of the usual.

    Attributes
    ----------
    content : callable or None
        From a value to bytes that stand for its content and depend on nothing else.
    holds : callable or None
        From a value to whether it still holds; only values that speak of the world outside have one.
    reduce : callable or None
        From a value to what `__reduce_ex__` would return, to store it in another way.
    name : str or None
        Name of the type in the record.
    parse : callable or None
        From the type and a text of the command line to a value.
    """

    content: Callable[[Any], bytes] | None = None
    holds: Callable[[Any], bool] | None = None
    reduce: Reducer | None = None
    name: str | None = None
    parse: Callable[[type, str], Any] | None = None


LIBRARIES = {"pandas": "pandas", "polars": "polars", "pyarrow": "arrow"}
"""Libraries whose tables redun treats itself, and the module of `value.frames` that does."""

MEMOS: list[dict[type, Any]] = []
"""What others decided about types, to be decided anew when how types are treated changes."""

REDUCERS: dict[type, Reducer] = {}
"""Of the types met so far, those stored in another way."""

_declared: dict[type, Treatment] = {}
_known: dict[type, Treatment | None] = {}
_resolvers: list[Callable[[type], Treatment | None]] = []


def treat(kind: type, treatment: Treatment) -> None:
    """Declare how values of a type, and of its subclasses, are treated; a later declaration replaces an earlier one."""
    _declared[kind] = treatment
    forget_types()


def set_treatment_resolver(resolve: Callable[[type], Treatment | None] | None) -> None:
    """Let plugins treat types: `resolve` is asked once for each type, and returns None for what it leaves to others."""
    _resolvers[:] = [] if resolve is None else [resolve]
    forget_types()


def forget_types() -> None:
    """Decide anew about every type."""
    memos: list[dict[type, Any]] = [_known, REDUCERS, *MEMOS]
    for memo in memos:
        memo.clear()
    set_type_resolver(_content_of, by="treatment")


def treatment_of(kind: type) -> Treatment | None:
    """Return how somebody else treats values of a type, or None."""
    try:
        return _known[kind]
    except KeyError:
        found = _known[kind] = _find(kind)
        if found is not None and found.reduce is not None:
            REDUCERS[kind] = found.reduce
        return found


def _find(kind: type) -> Treatment | None:
    for base in kind.__mro__:
        declared = _declared.get(base)
        if declared is not None:
            return declared
    for resolve in _resolvers:
        answer = resolve(kind)
        if answer is not None:
            return answer
    library = LIBRARIES.get(kind.__module__.partition(".")[0])
    if library is None:
        return None
    found: Treatment | None = import_module(f"redun.value.frames.{library}").treatment(kind)
    return found


def _content_of(kind: type) -> Callable[[Any], bytes] | None:
    treatment = treatment_of(kind)
    return treatment.content if treatment is not None else None


forget_types()
