"""Why a call would run: what of it is new, said in words.

Floor: rebuilder. It costs look-ups of its own, so only a dry run asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from redun.errors import RedunError
from redun.hashing.keys import eval_hash, kept
from redun.recorder.batch import Reason
from redun.value.seal import unseal

if TYPE_CHECKING:
    from redun.recorder.history import History, PastArgument
    from redun.recorder.interface import Recorder
    from redun.task.task import Task

__all__ = ["CallToExplain", "Explanations"]

_SHOWN = 3


class CallToExplain(Protocol):
    """What must be known of a call to say why it would run."""

    @property
    def task(self) -> Task[..., Any]:
        """Its task."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its arguments."""

    @property
    def values(self) -> tuple[Any, ...] | None:
        """Its arguments."""

    @property
    def arg_hashes(self) -> Sequence[bytes | None] | None:
        """Their hashes."""

    @property
    def eval_hash(self) -> bytes:
        """Its key."""

    @property
    def reason(self) -> Reason:
        """Why it would run, as a code."""


class Explanations:
    """Says why calls would run.

    Parameters
    ----------
    recorder : Recorder
        Where earlier results are. One without a `history` leaves explanations at the reason's general words.
    validate : callable
        Tells of external values (files …), all at once, whether each still holds.
    externals_of : callable
        Returns the external values in a value.
    """

    def __init__(
        self,
        recorder: Recorder,
        validate: Callable[[Sequence[Any]], Sequence[bool]],
        externals_of: Callable[[Any], Sequence[Any]],
    ) -> None:
        self._recorder = recorder
        self._history: History | None = getattr(recorder, "history", None)
        self._validate = validate
        self._externals_of = externals_of

    def why(self, call: CallToExplain) -> str | None:
        """Return why a call would run; None where its reason says all."""
        if call.reason is Reason.INVALID:
            return self._invalid(call)
        if call.reason is Reason.NEW and self._history is not None:
            return self._new(call, self._history)
        return None

    def _invalid(self, call: CallToExplain) -> str | None:
        stored = self._recorder.find_evaluations([call.eval_hash]).get(call.eval_hash)
        if stored is None or stored.payload is None:
            return None
        try:
            externals = self._externals_of(unseal(stored.payload, stored.format))
        except RedunError:
            return None
        holds = self._validate(externals)
        broken = [repr(value) for value, good in zip(externals, holds, strict=True) if not good]
        if not broken:
            return None
        more = f" and {len(broken) - _SHOWN} more" if len(broken) > _SHOWN else ""
        return f"of its recorded result, {', '.join(broken[:_SHOWN])}{more} changed or is gone"

    def _new(self, call: CallToExplain, history: History) -> str | None:
        if call.arg_hashes is None or None in call.arg_hashes:
            return None
        task = call.task
        hashes: list[bytes] = [one for one in call.arg_hashes if one is not None]
        names, hashes = kept(call.names, hashes, task.config_args)
        if eval_hash(task.digest, names, hashes) != call.eval_hash:
            # Its key holds more than its arguments.
            return None
        versions = history.versions(task.fullname)
        if not versions:
            return f"task {task.fullname} was never called"
        others = {eval_hash(other, names, hashes): other for other in versions if other != task.digest}
        found = next(iter(self._recorder.find_evaluations(list(others))), None) if others else None
        if found is not None:
            return (
                f"its code changed from {others[found].hex()[:8]} to {task.hash[:8]}; "
                "with the old code there is a result for these arguments"
            )
        if task.digest not in versions:
            return f"its code and its arguments are new; the last code was {versions[0].hex()[:8]}"
        changed = self._changed_file(call, history, names, hashes) or self._changed(
            call, history, names, hashes
        )
        return changed or "its code was called before, but not with these arguments"

    def _changed_file(
        self, call: CallToExplain, history: History, names: tuple[str, ...], hashes: list[bytes]
    ) -> str | None:
        """Look for a call that differs only in what a file held."""
        values = dict(zip(call.names, call.values or (), strict=False))
        for position, name in enumerate(names):
            path = getattr(values.get(name), "path", None)
            if not isinstance(path, str):
                continue
            keys = [
                eval_hash(call.task.digest, names, [*hashes[:position], past, *hashes[position + 1 :]])
                for past in history.file_values(path)
                if past != hashes[position]
            ]
            if keys and self._recorder.find_evaluations(keys):
                return f"argument {name} changed: the content of {path} is another one"
        return None

    def _changed(
        self, call: CallToExplain, history: History, names: tuple[str, ...], hashes: list[bytes]
    ) -> str | None:
        """Look for an earlier call of the same code that shares an argument, and say in what it differs."""
        best: list[PastArgument] | None = None
        wanted = dict(zip(names, hashes, strict=True))
        for name, value_hash in wanted.items():
            for key in history.sharing(value_hash, call.names.index(name)):
                past = [
                    argument
                    for argument in history.arguments(key)
                    if argument.name not in call.task.config_args
                ]
                past_names = tuple([argument.name for argument in past])
                past_hashes = [argument.value_hash for argument in past]
                if eval_hash(call.task.digest, past_names, past_hashes) != key:
                    continue
                differing = [one for one in past if wanted.get(one.name) != one.value_hash]
                if differing and (best is None or len(differing) < len(best)):
                    best = differing
            if best is not None and len(best) == 1:
                break
        if best is None:
            return None
        changes = [f"{one.name} (was {one.preview})" if one.preview else one.name for one in best]
        return f"changed since an earlier call: {', '.join(changes)}"
