"""What the options of a task come to for one call.

Floor: language. Precedence, weakest first: `@task` options, options exported by calling jobs, call-time options, the
run's own settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import attrs

from redun.task.enums import CacheCheckValid, CacheResult, CacheScope
from redun.task.rules import is_ruled
from redun.value.nested import contains_lazy

__all__ = ["CONTEXT", "Policy", "drop_options", "update_options"]


ALL_RESULTS = frozenset(CacheResult)

CONTEXT = "context_update"
"""The call-time option that `Task.update_context` sets."""

_CACHE = frozenset({"cache", "cache_scope"})


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
    single : bool
        Among them single reductions: what the body returned is replayed, and the calls in it are looked up anew.
    shallow : bool
        Whole calls are replayed where the code below is unchanged.
    recorded : bool
        The call and those below it are recorded.
    tags : sequence of (key, value), or None
        Tags of the job.
    exports : mapping or None
        Options that jobs made below inherit.
    options : mapping
        All options, for the executor.
    ruled : bool
        The call is to be admitted, tried again or given up by rules, see `redun.task.rules`.
    pending : tuple of mappings, or None
        The layers of options while some of them are lazy: nothing else here counts until they are evaluated.

    Examples
    --------
    >>> policy = Policy.resolve({"executor": "batch", "memory": 4}, None, {"memory": 8, "cache": False})
    >>> policy.executor, policy.options["memory"], policy.replay
    ('batch', 8, False)
    """

    executor: str
    share: bool
    replay: bool
    single: bool
    shallow: bool
    recorded: bool
    tags: Sequence[tuple[str, Any]] | None
    exports: Mapping[str, Any] | None
    options: Mapping[str, Any]
    ruled: bool = False
    pending: tuple[Mapping[str, Any] | None, ...] | None = None

    @classmethod
    def resolve(cls, *layers: Mapping[str, Any] | None) -> Policy:
        """Merge layers of options, weakest first."""
        if contains_lazy(layers):
            return _pending(layers)
        merged: dict[str, Any] = {}
        exports: dict[str, Any] = {}
        unrecorded = False
        for layer in layers:
            if layer:
                normal = _normalised(layer)
                inner = normal.pop("export_options", None)
                if inner:
                    inner = _normalised(inner)
                    # Nothing below an unrecorded call can be recorded, whatever it says.
                    unrecorded = unrecorded or inner.get("prov") is False
                    exports.update(inner)
                    merged.update(inner)
                merged.update(normal)
        if unrecorded or merged.get("prov") is False:
            unrecorded = True
            merged["prov"] = exports["prov"] = False
            merged["cache_scope"] = exports["cache_scope"] = CacheScope.NONE
        # Not an option of the call itself: it is applied where the call is made.
        merged.pop(CONTEXT, None)
        scope = merged.get("cache_scope", CacheScope.BACKEND)
        shallow = merged.get("check_valid") is CacheCheckValid.SHALLOW
        allowed = merged.get("allowed_cache_results")
        accepts = ALL_RESULTS if allowed is None else frozenset(map(CacheResult, allowed))
        ultimate = shallow and CacheResult.ULTIMATE in accepts
        single = CacheResult.SINGLE in accepts
        backend = scope is CacheScope.BACKEND
        return cls(
            executor=merged.get("executor") or "default",
            share=scope is not CacheScope.NONE and CacheResult.CSE in accepts,
            replay=backend and (single or ultimate),
            single=backend and single,
            shallow=ultimate,
            recorded=not unrecorded,
            tags=merged.get("tags"),
            exports=exports or None,
            options=merged,
            ruled=is_ruled(merged),
        )


def _pending(layers: tuple[Mapping[str, Any] | None, ...]) -> Policy:
    return Policy(
        executor="default",
        share=True,
        replay=True,
        single=True,
        shallow=False,
        recorded=True,
        tags=None,
        exports=None,
        options={},
        pending=layers,
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
