"""A cause in one line, for dry runs, lists and logs.

Floor: recorder.
"""

from __future__ import annotations

from collections.abc import Callable

from redun.recorder.explaining.records import Cause, CauseKind

__all__ = ["words_of"]

_SHOWN = 60


def words_of(cause: Cause) -> str:
    """Return a cause in words.

    Examples
    --------
    >>> words_of(Cause(CauseKind.HELPER, "tools.trim", "function", "function", via=("flow.align", "tools.prepare")))
    'helper function tools.trim changed (used by tools.prepare)'
    >>> words_of(Cause(CauseKind.ARGUMENT, "x", "1", "2"))
    'argument x changed: 1 -> 2'
    """
    return _WORDS[cause.kind](cause)


def _helper(cause: Cause) -> str:
    kind = cause.new or cause.old or "part"
    named = f"helper {kind}" if kind in ("function", "class") else kind
    became = "is new" if cause.old is None else "is not used any more" if cause.new is None else "changed"
    through = f" (used by {cause.via[-1]})" if cause.via else ""
    return f"{named} {cause.name} {became}{through}"


def _change(what: str, cause: Cause) -> str:
    if cause.old is None:
        return f"{what} is new: {_cut(cause.new)}"
    if cause.new is None:
        return f"{what} is gone: it was {_cut(cause.old)}"
    if cause.old == cause.new:
        return f"{what} changed (both look like {_cut(cause.old)})"
    return f"{what} changed: {_cut(cause.old)} -> {_cut(cause.new)}"


def _cut(text: str | None) -> str:
    text = text or ""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _file(cause: Cause) -> str:
    return _change(f"file {cause.path} (argument {cause.name})", cause)


def _invalid(cause: Cause) -> str:
    if cause.path is None:
        shown = f" {_cut(cause.old)}" if cause.old else ""
        return f"the recorded result{shown} no longer holds: a file changed or is gone"
    if cause.new is None:
        return f"file {cause.path} of the recorded result changed or is gone"
    return f"file {cause.path} of the recorded result changed: {cause.old} -> {cause.new}"


def _option(cause: Cause) -> str:
    if cause.name == "--no-cache":
        return "the execution did not use earlier results (--no-cache)"
    if cause.name == "cache":
        return "an option turns its cache off (cache, cache_scope or allowed_cache_results)"
    return _change(f"option {cause.name}", cause)


def _failed(cause: Cause) -> str:
    if cause.name == "below":
        return "a call below the earlier one failed, or was not waited for"
    ended = "failed" if cause.name == "failed" else f"was {cause.name}"
    return f"the earlier call {ended}: errors and unfinished calls are not replayed"


def _below(cause: Cause) -> str:
    if not cause.name:
        return "the code of a task below it changed"
    if cause.new is None:
        return f"below it, task {cause.name} is not called any more, or its code changed"
    within = "; ".join(words_of(one) for one in cause.within)
    return f"below it, task {cause.name} changed" + (f": {within}" if within else "")


def _lost(cause: Cause) -> str:
    if cause.name:
        return f"the recorded result could not be read any more: {_cut(cause.old)}"
    return "the result of the earlier call is not in the record any more"


_WORDS: dict[CauseKind, Callable[[Cause], str]] = {
    CauseKind.CODE: lambda cause: "the task's code changed",
    CauseKind.HELPER: _helper,
    CauseKind.VERSION: lambda cause: _change("version", cause),
    CauseKind.INCLUDES: lambda cause: _change(cause.name, cause),
    CauseKind.ARGUMENT: lambda cause: _change(f"argument {cause.name}", cause),
    CauseKind.FILE: _file,
    CauseKind.OPTION: _option,
    CauseKind.PLUGIN: lambda cause: _change(f"plugin {cause.name}", cause),
    CauseKind.INVALID: _invalid,
    CauseKind.LOST: _lost,
    CauseKind.UNTRUSTED: lambda cause: "the recorded result is not signed with a key that is accepted",
    CauseKind.SECRET: lambda cause: "the recorded result holds a secret, which is not kept",
    CauseKind.FAILED: _failed,
    CauseKind.BELOW: _below,
    CauseKind.CONTEXT: lambda cause: "the context that was read below it changed",
    CauseKind.NEW: lambda cause: "a call that no earlier execution made",
    CauseKind.FIRST: lambda cause: "the task was never called before",
    CauseKind.UNKNOWN: lambda cause: "the record does not say",
}
