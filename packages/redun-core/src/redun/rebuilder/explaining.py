"""Why a call would run: what of it is new. Only a dry run asks.

Floor: rebuilder. The call is described as the record would describe it, and explained as any recorded job is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from redun.errors import RedunError, ValueFailure
from redun.recorder.batch import Reason, ValueFlag, ValueFormat
from redun.recorder.explaining.code import Version
from redun.recorder.explaining.explain import Explainer
from redun.recorder.explaining.records import Cause, CauseKind
from redun.recorder.explaining.results import below
from redun.recorder.explaining.subject import DEEPEST, MOST_SIBLINGS, NOWHERE, Place, Subject, left_out
from redun.recorder.explaining.words import words_of
from redun.recorder.reader_records import ArgumentRecord, ValueRecord
from redun.task.parts import task_parts
from redun.task.registry import get_task_registry
from redun.value.names import type_name
from redun.value.preview import preview
from redun.value.seal import Sealed, seal, unseal

if TYPE_CHECKING:
    from redun.recorder.interface import Recorder
    from redun.recorder.reader import Reader
    from redun.task.task import Task

__all__ = ["CallToExplain", "Explanations"]

_SHOWN = 3
_SIBLINGS = 500
"""Calls after which the keys of their siblings are collected anew."""
_LATEST = 2**62
"""Every recorded execution is an earlier one."""


class CallToExplain(Protocol):
    """What must be known of a call to say why it would run."""

    @property
    def task(self) -> Task[..., Any]:
        """Its task."""

    @property
    def number(self) -> int:
        """Its number within the execution; 0 while its arguments are not concrete."""

    @property
    def owner(self) -> CallToExplain | None:
        """The call that made it."""

    @property
    def children(self) -> Sequence[CallToExplain] | None:
        """The calls that it made."""

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
    def guard(self) -> bytes:
        """Stands for its context among the tasks of a whole call."""

    @property
    def reason(self) -> Reason:
        """Why it would run, as a code."""


class Explanations:
    """Says why calls would run.

    Parameters
    ----------
    recorder : Recorder
        Where earlier results are. One without a `reader` leaves explanations at the reason's general words.
    validate : callable
        Tells of external values (files …), all at once, whether each still holds.
    externals_of : callable
        Returns the external values in a value.
    root : str
        Full name of the execution's first task.
    plugins : mapping
        The plugins that have a say in hashes, with their versions.
    stand_in : callable, optional
        From an argument and its hash to what is shown in its place, if it is a secret or holds one.
    """

    def __init__(
        self,
        recorder: Recorder,
        validate: Callable[[Sequence[Any]], Sequence[bool]],
        externals_of: Callable[[Any], Sequence[Any]],
        root: str,
        plugins: Mapping[str, str],
        stand_in: Callable[[Any, bytes], Sealed | None] | None = None,
    ) -> None:
        reader: Reader | None = getattr(recorder, "reader", None)
        self._recorder = recorder
        self._explainer = None if reader is None else Explainer(reader)
        self._validate = validate
        self._externals_of = externals_of
        self._root = root
        self._plugins = plugins
        self._stand_in = stand_in
        self._versions: dict[bytes, Version] = {}
        self._made: dict[int, tuple[int, frozenset[bytes]]] = {}

    def why(self, call: CallToExplain) -> str | None:
        """Return why a call would run; None where its reason says all."""
        causes = self._causes(call)
        return "; ".join(map(words_of, causes)) if causes else None

    def _causes(self, call: CallToExplain) -> list[Cause]:
        if call.reason is Reason.INVALID:
            return self._invalid(call)
        if self._explainer is None:
            return []
        if call.reason is Reason.CODE_BELOW:
            return self._stale(call, self._explainer.reader)
        if call.reason is Reason.NEW and call.arg_hashes is not None and None not in call.arg_hashes:
            _, causes = self._explainer.new(self._subject(call, self._explainer), self._plugins)
            return causes
        return []

    def _invalid(self, call: CallToExplain) -> list[Cause]:
        stored = self._recorder.find_evaluations([call.eval_hash]).get(call.eval_hash)
        if stored is None or stored.payload is None:
            return []
        try:
            externals = self._externals_of(unseal(stored.payload, stored.format))
        except RedunError:
            return []
        holds = self._validate(externals)
        broken = [value for value, good in zip(externals, holds, strict=True) if not good]
        return [
            Cause(CauseKind.INVALID, path=str(getattr(value, "path", None) or preview(value)))
            for value in broken[:_SHOWN]
        ]

    def _stale(self, call: CallToExplain, reader: Reader) -> list[Cause]:
        stored = self._recorder.find_calls([call.eval_hash]).get(call.eval_hash)
        if not stored:
            return []
        registry = get_task_registry()
        gone = stored[0].tasks - registry.digests() - {call.guard}

        def now(name: str) -> Version | None:
            task = registry.get(name)
            return None if task is None else self._version(task)

        return below(reader, gone, now)

    def _subject(self, call: CallToExplain, explainer: Explainer) -> Subject:
        arguments = [
            self._argument(explainer, *argument)
            for argument in zip(
                range(len(call.names)), call.names, call.values or (), call.arg_hashes or (), strict=True
            )
        ]
        version = self._version(call.task)
        return Subject(
            call.task.fullname,
            version,
            call.eval_hash,
            arguments,
            left_out(version.hash, arguments, call.eval_hash) or call.task.config_args,
            self._root,
            _LATEST,
            lambda: _place(call),
            lambda key: key in self._made_beside(call),
        )

    def _made_beside(self, call: CallToExplain) -> frozenset[bytes]:
        """Return the keys of the calls that the same call makes, as far as it had them a moment ago."""
        counted, made = self._made.get(id(call.owner), (-_SIBLINGS, frozenset()))
        if call.number - counted >= _SIBLINGS:
            children = (call.owner.children if call.owner is not None else None) or ()
            made = frozenset([child.eval_hash for child in children])
            self._made[id(call.owner)] = call.number, made
        return made

    def _version(self, task: Task[..., Any]) -> Version:
        known = self._versions.get(task.digest)
        if known is None:
            known = self._versions[task.digest] = Version.make(
                task.digest, task.source, list(task.signature.parameters), task.version, task_parts(task)
            )
        return known

    def _argument(
        self, explainer: Explainer, position: int, name: str, value: Any, value_hash: bytes | None
    ) -> ArgumentRecord:
        assert value_hash is not None
        hidden = self._stand_in(value, value_hash) if self._stand_in is not None else None
        if hidden is not None:
            return ArgumentRecord(position, name, _record(hidden))
        try:
            sealed = seal(value, pin=False, known=value_hash)
        except ValueFailure:
            shown = ValueRecord(
                value_hash, type_name(type(value)), 0, preview(value), ValueFormat.PICKLE, ValueFlag.PLAIN
            )
            return ArgumentRecord(position, name, shown)
        record = _record(sealed)
        explainer.contents.take(record, sealed.payload, self._inside(explainer, sealed))
        return ArgumentRecord(position, name, record)

    def _inside(self, explainer: Explainer, sealed: Sealed) -> list[ValueRecord]:
        records = []
        for part in sealed.parts:
            records.append(_record(part))
            explainer.contents.take(records[-1], part.payload)
        return records


def _record(sealed: Sealed) -> ValueRecord:
    return ValueRecord(
        sealed.hash,
        sealed.type_name,
        sealed.size,
        sealed.preview,
        ValueFormat(sealed.format),
        ValueFlag(sealed.flags),
    )


def _place(call: CallToExplain) -> Place:
    """Return where a call stands in the tree: siblings are ordered by their numbers, as they are recorded."""
    steps: list[tuple[str, int]] = []
    step: CallToExplain | None = call
    while step is not None:
        siblings = (step.owner.children if step.owner is not None else None) or ()
        if len(siblings) > MOST_SIBLINGS:
            return NOWHERE
        ordinal = sum(
            sibling.task.fullname == step.task.fullname and 0 < sibling.number < step.number
            for sibling in siblings
        )
        steps.append((step.task.fullname, ordinal))
        step = step.owner
        if len(steps) > DEEPEST:
            return NOWHERE
    return tuple(reversed(steps))
