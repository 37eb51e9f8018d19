"""Task options: what may be set, and what they come to for one call.

Floor: language. Precedence, weakest first: `@task` options, options exported by calling jobs, call-time options, the
run's own settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import attrs

from redun.errors import TaskDefinitionError

__all__ = [
    "CacheCheckValid",
    "CacheResult",
    "CacheScope",
    "Policy",
    "check_options",
    "drop_options",
    "update_options",
]


_CACHE = frozenset({"cache", "cache_scope"})


class CacheScope(Enum):
    """How far a result may be reused."""

    NONE = "NONE"
    CSE = "CSE"
    BACKEND = "BACKEND"


class CacheCheckValid(Enum):
    """Which record is replayed: single reductions (full) or whole calls (shallow)."""

    FULL = "full"
    SHALLOW = "shallow"


class CacheResult(Enum):
    """Kind of a cache hit."""

    CSE = "CSE"
    SINGLE = "SINGLE"
    ULTIMATE = "ULTIMATE"
    MISS = "MISS"


@attrs.frozen
class Policy:
    """The options that the scheduler itself reads, resolved for one call.

    Attributes
    ----------
    executor : str
        Name of the executor.
    share : bool
        Equal calls of one execution share a job.
    replay : bool
        Results of earlier executions may be used.
    shallow : bool
        Whole calls are replayed where the code below is unchanged.
    exports : mapping or None
        Options that jobs made below inherit.
    options : mapping
        All options, for the executor.
    """

    executor: str
    share: bool
    replay: bool
    shallow: bool
    exports: Mapping[str, Any] | None
    options: Mapping[str, Any]

    @classmethod
    def resolve(cls, *layers: Mapping[str, Any] | None) -> Policy:
        """Merge layers of options, weakest first."""
        merged: dict[str, Any] = {}
        exports: dict[str, Any] = {}
        for layer in layers:
            if layer:
                normal = _normalised(layer)
                inner = normal.pop("export_options", None)
                if inner:
                    inner = _normalised(inner)
                    exports.update(inner)
                    merged.update(inner)
                merged.update(normal)
        scope = merged.get("cache_scope", CacheScope.BACKEND)
        return cls(
            executor=merged.get("executor", "default"),
            share=scope is not CacheScope.NONE,
            replay=scope is CacheScope.BACKEND,
            shallow=merged.get("check_valid") is CacheCheckValid.SHALLOW,
            exports=exports or None,
            options=merged,
        )


def _normalised(layer: Mapping[str, Any]) -> dict[str, Any]:
    options = dict(layer)
    cache = options.pop("cache", None)
    if cache is not None and "cache_scope" not in options:
        options["cache_scope"] = CacheScope.BACKEND if cache else CacheScope.CSE
    if "cache_scope" in options:
        options["cache_scope"] = CacheScope(_text(options["cache_scope"]).upper())
    if "check_valid" in options:
        options["check_valid"] = CacheCheckValid(_text(options["check_valid"]).lower())
    return options


def _text(value: Any) -> str:
    return str(value.value) if isinstance(value, Enum) else str(value)


def update_options(options: Mapping[str, Any] | None, later: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with later ones in the place of those they replace."""
    return {**drop_options(options, later), **later}


def drop_options(options: Mapping[str, Any] | None, later: Mapping[str, Any]) -> dict[str, Any]:
    """Return options without those that later ones replace; `cache` and `cache_scope` are two names of one thing."""
    replaced = set(later)
    if replaced & _CACHE:
        replaced |= _CACHE
    return {name: value for name, value in (options or {}).items() if name not in replaced}


def check_options(owner: str, options: Mapping[str, Any]) -> None:
    """Refuse ill-formed options where they are written.

    Raises
    ------
    TaskDefinitionError
        An option has a value that it cannot have.
    """
    nout = options.get("nout")
    if nout is not None and (not isinstance(nout, int) or isinstance(nout, bool) or nout < 0):
        raise TaskDefinitionError(f"{owner}: nout must be a non-negative integer, not {nout!r}.")
    executor = options.get("executor", "default")
    if isinstance(executor, str) and not executor:
        raise TaskDefinitionError(f"{owner}: executor must not be empty.")
    for name, kind in (("cache_scope", CacheScope), ("check_valid", CacheCheckValid)):
        if name in options:
            try:
                _normalised({name: options[name]})
            except ValueError:
                allowed = ", ".join(repr(member.value) for member in kind)
                raise TaskDefinitionError(
                    f"{owner}: {name} must be one of {allowed}, not {options[name]!r}."
                ) from None
    if "cache" in options and "cache_scope" in options:
        raise TaskDefinitionError(f"{owner}: give cache or cache_scope, not both.")
    exported = options.get("export_options")
    if exported is not None:
        if not isinstance(exported, Mapping):
            raise TaskDefinitionError(f"{owner}: export_options must be a dict of options, not {exported!r}.")
        check_options(f"{owner}, export_options", exported)
