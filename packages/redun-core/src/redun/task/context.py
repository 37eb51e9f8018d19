"""Contexts: nested dicts that calls inherit, merge and read.

Floor: language. A context is never part of a call's cache key: what a body returned holds for any context, and the
`get_context` calls in it are evaluated anew. The final value of a call does depend on it, if the call or one below it
read the context: such a call is recorded with a guard, a hash among those of the tasks it used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from redun.hashing.digest import digest
from redun.hashing.values import hash_value

__all__ = ["NO_CONTEXT", "Context", "extended", "get_context_value", "layered", "merged"]

NO_CONTEXT = digest(b"context", b"")
"""The guard of the empty context."""


@attrs.frozen(eq=False)
class Context:
    """A context that is not empty; None stands for one that is.

    Attributes
    ----------
    values : dict
        Nested dicts, by name.
    hash : bytes
    guard : bytes
        Put among the tasks of a call that read the context.
    """

    values: Mapping[str, Any]
    hash: bytes
    guard: bytes

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Context | None:
        """Return the context of these values.

        Raises
        ------
        UnhashableValueError
            A value has no content hash.
        """
        if not values:
            return None
        return cls.known_by(values, hash_value(_ordered(values)))

    @classmethod
    def known_by(cls, values: Mapping[str, Any], value_hash: bytes) -> Context:
        """Return the context of these values, with this hash."""
        return cls(values, value_hash, digest(b"context", value_hash))


def extended(context: Context | None, later: Mapping[str, Any]) -> Context | None:
    """Return a context with later values merged in."""
    return Context.of(merged(context.values if context is not None else {}, later))


def layered(owner: str, *layers: Any) -> dict[str, Any]:
    """Return the values of contexts given one after another; a name with dots is a path.

    Parameters
    ----------
    owner : str
        Who gives them, for messages.
    *layers : mapping of str to object

    Raises
    ------
    TypeError
        One of them is no context.

    Examples
    --------
    >>> layered("an example", {"a": {"b": 1}}, {"a.c": 2})
    {'a': {'b': 1, 'c': 2}}
    """
    result: dict[str, Any] = {}
    for layer in layers:
        if not isinstance(layer, Mapping):
            raise TypeError(f"{owner}: a context is a dict, not {layer!r}.")
        for key, value in layer.items():
            if not isinstance(key, str):
                raise TypeError(f"{owner}: the names in a context are texts, not {key!r}.")
            first, *rest = key.split(".")
            for name in reversed(rest):
                value = {name: value}
            result = merged(result, {first: value})
    return result


def merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Merge dicts deeply: dicts in one another's place are merged, anything else is replaced.

    Examples
    --------
    >>> merged({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}})
    {'a': {'b': 1, 'c': 3}}
    """
    result: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            known = result.get(key)
            if isinstance(value, Mapping):
                value = merged(known, value) if isinstance(known, Mapping) else merged(value)
            result[key] = value
    return result


def get_context_value(context: Mapping[str, Any], var_path: str, default: Any = None) -> Any:
    """Look up a dotted path in nested dicts.

    Examples
    --------
    >>> get_context_value({"a": {"b": 1}}, "a.b", 0), get_context_value({"a": {"b": 1}}, "a.c", 0)
    (1, 0)
    """
    found: Any = context
    for name in var_path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return default
        found = found[name]
    return found


def _ordered(value: Any) -> Any:
    # Contexts are equal whatever the order in which they were put together.
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value, key=repr)}
    return value
