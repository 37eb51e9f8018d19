"""The secrets of one execution: learnt as they turn up, kept out of whatever is recorded and shown.

Floor: secrets. A value that is a secret, or holds one, has a keyed hash in the place of its own, and a row without
content. Which values hold one is seen in what they are pickled to, so it does not matter how they came by it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from redun.errors import ArgumentError, ValueFailure
from redun.expression.base import TaskExpression
from redun.secrets.annotations import RETURN
from redun.secrets.leaves import leaves_of, mentions_in, record_secrets, tasks_called
from redun.secrets.naming import SecretNames
from redun.secrets.redaction import Redactor
from redun.secrets.screening import screen
from redun.secrets.settings import SecretSettings
from redun.task.context import Context
from redun.task.partial import PartialTask
from redun.task.task import Task
from redun.value.codes import ValueFlag
from redun.value.names import type_name
from redun.value.nested import contains_lazy, is_holder, shape_of
from redun.value.pickling import dump
from redun.value.preview import preview
from redun.value.seal import seal
from redun.value.sealed import Sealed

if TYPE_CHECKING:
    from redun.recorder.batch import Batch
    from redun.secrets.key import KeyRing
    from redun.value.nested import Lazy

__all__ = ["HIDDEN", "Vault"]

HIDDEN = "<secret>"
"""What is shown in the place of a value that is a secret."""

_MARKING = "redun.task.secrets"
_SECRET, _LAZY = int(ValueFlag.SECRET), int(ValueFlag.LAZY)
_UNREAL = frozenset({int, float, bool, type(None)})


class Vault:
    """What an execution knows of its secrets.

    Parameters
    ----------
    settings : SecretSettings
    keys : KeyRing
    environ : mapping of str to str
        Where the secrets of the environment are.

    Attributes
    ----------
    redactor : Redactor
    names : SecretNames
    """

    def __init__(self, settings: SecretSettings, keys: KeyRing, environ: Mapping[str, str]) -> None:
        self.redactor = Redactor()
        self._settings = settings
        self._keys = keys
        self.names = SecretNames(settings)
        # Hashes that stand for what is hidden: True where all of the value is.
        self._hidden: dict[bytes, bool] = {}
        self._positions: dict[bytes, frozenset[int]] = {}
        # Calls whose results go into secrets, and their jobs: True where the result is the secret itself.
        self._awaited: dict[int, tuple[TaskExpression, bool]] = {}
        self._makers: dict[Any, bool] = {}
        self._ended: list[Any] = []
        self._sources: set[bytes] = set()
        self._judged: dict[int, tuple[Any, bool]] = {}
        for secret in settings.of_environment(environ):
            self.redactor.add(secret)

    @property
    def used(self) -> bool:
        """There may be secrets: somebody wrote `Secret`, or the configuration names some."""
        return _MARKING in sys.modules or bool(self._settings) or bool(self.redactor)

    def text(self, text: str) -> str:
        """Return a text without the secrets in it."""
        return self.redactor.text(text) if self.redactor else text

    def check(self) -> None:
        """See to it that there is a key, if there are secrets.

        Raises
        ------
        ConfigError
            There is none, or nobody should use it.
        """
        if self.redactor:
            self._keys.check()

    # What is secret.

    def learn(self, secret: Any) -> bool:
        """Look for a secret from now on, and for all that is in it; False if a part is too short for that.

        Calls in it return secrets.
        """
        leaves, lazy = leaves_of(secret)
        for call in lazy:
            self._await(call)
        known = [
            self.redactor.add(leaf) for leaf in leaves if leaf not in ("", b"") and not isinstance(leaf, bool)
        ]
        self._judged.clear()
        return all(known)

    def learn_context(self, context: Context | None) -> Context | None:
        """Learn the secrets of a context, and give it a keyed hash if it holds some."""
        if context is None:
            return None
        for secret in self._settings.of_context(context.values):
            self.learn(secret)
        if not self._holds(context.values):
            return context
        return Context.known_by(context.values, self._keys.hash(context.hash))

    def _await(self, lazy: Lazy, *, itself: bool = True) -> None:
        for call in tasks_called(lazy):
            known = self._awaited.get(id(call), (call, False))[1]
            self._awaited[id(call)] = call, known or (itself and call is lazy)

    def discover(self, value: Any) -> bool:
        """Learn the secrets that the calls in a value are given; True if there may be others, not known yet."""
        unknown = False
        for record in record_secrets(value):
            unknown |= not self.learn(record)
        for mention in mentions_in(value):
            task = mention.task if isinstance(mention, PartialTask) else mention
            task = task._redun_task if isinstance(task, TaskExpression) else task
            if not self.names.of(task) - {RETURN}:
                continue
            if isinstance(mention, TaskExpression):
                unknown |= self._learn_call(task, mention._redun_args, mention._redun_kwargs or {})
            elif isinstance(mention, PartialTask):
                # What it is to be given lies elsewhere.
                self._learn_call(task, mention.args, mention.kwargs, partial=True)
                unknown = True
            else:
                unknown = True
        return unknown

    def _learn_call(
        self,
        task: Task[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        *,
        partial: bool = False,
    ) -> bool:
        if partial:
            try:
                names, values = zip(
                    *task.signature.bind_partial(*args, **kwargs).arguments.items(), strict=True
                )
            except (TypeError, ValueError):
                return True
        else:
            try:
                names, values, _ = task.binder.bind(args, dict(kwargs))
            except ArgumentError:
                # Whoever makes the call says so.
                return True
        unknown = False
        for position in self.names.positions(task, names):
            unknown |= not self.learn(values[position])
        return unknown

    # Calls.

    def made(self, job: Any, call: TaskExpression) -> None:
        """Take note of a job: what it returns, or what its arguments are to return, may be a secret."""
        awaited = self._awaited.get(id(call))
        if awaited is not None:
            self._makers[job] = awaited[1]
        if job.template is not None:
            for position in self.names.positions(job.task, job.names):
                for lazy in leaves_of(job.template[position])[1]:
                    self._await(lazy)

    def forget_wave(self) -> None:
        """Judge values anew: others may be at their addresses."""
        self._judged.clear()

    def bound(self, job: Any, hashes: list[bytes]) -> set[int]:
        """Replace hashes of a call's arguments by keyed ones where they are secrets or hold some.

        Returns
        -------
        set of int
            Positions of the arguments of which nothing is to be shown.
        """
        values, names, task = job.values, job.names, job.task
        hidden = set(self.names.positions(task, names))
        for position in hidden:
            self.learn(values[position])
        hidden.update(position for position, source in job.flows or () if source in self._secret_sources())
        others = [position for position in range(len(values)) if position not in hidden]
        unknown = [self._discovered(values[position]) for position in others]
        if any(unknown):
            # A task that takes secrets, and beside it what it may be given.
            hidden.update(position for position in others if type(values[position]) not in (bool, type(None)))
        for position in hidden:
            hashes[position] = self._hide(hashes[position], whole=True)
        for position in others:
            if position in hidden:
                continue
            if self._hidden.get(hashes[position]):
                hidden.add(position)
            elif self._holds(values[position]):
                hashes[position] = self._hide(hashes[position], whole=False)
        if job.fresh is not None:
            # What was recorded when it was returned has another hash now.
            job.fresh = sorted({*job.fresh, *(at for at, one in enumerate(hashes) if one in self._hidden)})
        return hidden

    def hide_arguments(self, eval_hash: bytes, positions: set[int]) -> None:
        """Show nothing of some arguments of a call."""
        if positions:
            self._positions[eval_hash] = frozenset(positions)

    def arguments(self, job: Any, values: Sequence[Any]) -> list[tuple[str, str]]:
        """Return names and previews of the arguments of a call."""
        hidden = self._positions.get(job.eval_hash, frozenset())
        return [
            (name, HIDDEN if position in hidden else self.preview(value))
            for position, (name, value) in enumerate(zip(job.names, values, strict=True))
        ]

    # Values.

    def preview(self, value: Any) -> str:
        """Return a preview without secrets."""
        return self.redactor.clipped(preview(value)) if self.redactor else preview(value)

    def screened(self, sealed: Sealed, job: Any = None) -> Sealed:
        """Return what may be recorded of a value; of one that was returned, what it and its calls may be."""
        value = sealed.value
        whole = False
        if job is not None:
            itself = RETURN in self.names.of(job.task) or self._makers.get(job, False)
            whole = itself or job in self._makers
            if whole:
                self._ended.append(job)
                if itself and not sealed.lazy:
                    self.learn(value)
                for lazy in leaves_of(value)[1] if sealed.lazy else ():
                    self._await(lazy, itself=itself and lazy is value)
            whole = whole and not sealed.lazy
        if type(value) not in _UNREAL:
            whole = self.discover(value) or whole
        if (
            whole
            or sealed.hash in self._hidden
            or self.redactor.in_payload(sealed.payload)
            or self._holds_plainly(value)
        ):
            return self._redacted(sealed, whole)
        return sealed

    def stand_in(self, value: Any, value_hash: bytes) -> Sealed | None:
        """Return what is recorded of an argument that is hidden, or holds a secret; None for any other."""
        whole = self._hidden.get(value_hash)
        if whole is None:
            return None
        parts: tuple[Sealed, ...] = ()
        if not whole and shape_of(type(value)) is not None:
            try:
                parts = seal(value, pin=False).parts
            except ValueFailure:
                parts = ()
        flags = _LAZY if contains_lazy(value) else 0
        shown = Sealed(value, value_hash, type_name(type(value)), 0, preview(value), 0, flags, None, parts)  # type: ignore[arg-type]
        return self._redacted(shown, whole)

    def _redacted(self, sealed: Sealed, whole: bool) -> Sealed:
        parts = () if whole else tuple([self._part(part) for part in sealed.parts])
        return Sealed(
            sealed.value,
            self._hide(sealed.hash, whole=whole),
            sealed.type_name,
            0,
            HIDDEN if whole else self.redactor.clipped(sealed.preview),
            sealed.format,
            sealed.flags | _SECRET,
            None,  # type: ignore[arg-type]
            parts,
        )

    def _part(self, part: Sealed) -> Sealed:
        return self._redacted(part, False) if self.redactor.in_payload(part.payload) else part

    def _secret_sources(self) -> set[bytes]:
        """Return the hashes of the calls that have returned what goes into secrets."""
        if self._ended:
            self._sources.update(job.call_hash for job in self._ended if job.call_hash is not None)
            self._ended = [job for job in self._ended if job.call_hash is None]
        return self._sources

    def _hide(self, value_hash: bytes, *, whole: bool) -> bytes:
        if value_hash in self._hidden:
            self._hidden[value_hash] |= whole
            return value_hash
        hidden = self._keys.hash(value_hash)
        self._hidden[hidden] = self._hidden.get(hidden, False) or whole
        return hidden

    def _discovered(self, value: Any) -> bool:
        kind = type(value)
        opened = shape_of(kind) is not None or is_holder(kind) or isinstance(value, Task)
        return opened and self.discover(value)

    def _holds(self, value: Any) -> bool:
        """Tell whether a value that is not hidden holds a secret."""
        redactor = self.redactor
        if not redactor:
            return False
        kind = type(value)
        if kind is str or kind in _UNREAL:
            return self._holds_plainly(value)
        known = self._judged.get(id(value))
        if known is None:
            try:
                holds = redactor.in_payload(dump(value, flat=contains_lazy(value)))
            except ValueFailure:
                # No more than a preview can be kept of it.
                holds = redactor.in_text(preview(value))
            known = self._judged[id(value)] = value, holds
        return known[1]

    def _holds_plainly(self, value: Any) -> bool:
        if type(value) is str:
            return self.redactor.in_text(value)
        return type(value) in (int, float) and self.redactor.is_number(value)

    # Texts.

    def screen(self, batch: Batch) -> None:
        """Take secrets out of what is about to be recorded."""
        screen(batch, self.redactor)

    def argv(self, words: Sequence[str]) -> list[str]:
        """Return a command line without secrets."""
        return [self.text(word) for word in words]
