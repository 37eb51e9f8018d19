"""May a call be replayed? Constructive traces, asked for a whole wave at once.

Floor: rebuilder. It knows calls by their keys and the record by its interface; nothing of how calls are scheduled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from redun.errors import RedunError, UntrustedValueError
from redun.rebuilder.large import read_large
from redun.recorder.batch import Reason, ValueFlag
from redun.value.seal import unseal

if TYPE_CHECKING:
    from redun.recorder.interface import Recorder, StoredCall, StoredValue

__all__ = ["Call", "Rebuilder", "Replay"]


class Call(Protocol):
    """What must be known of a call to look for an earlier result."""

    @property
    def eval_hash(self) -> bytes:
        """The cache key."""

    @property
    def replay(self) -> bool:
        """Earlier executions may be used."""

    @property
    def single(self) -> bool:
        """Among them what the body of such a call returned."""

    @property
    def shallow(self) -> bool:
        """The whole call may be replayed, not only what its body returned."""

    @property
    def whole(self) -> bool:
        """What its body returned may not be replayed on its own."""

    @property
    def guard(self) -> bytes:
        """Stands for its context among the tasks of a whole call."""


class Replay(NamedTuple):
    """An earlier result that still holds.

    `call` is given when the whole call is replayed (an ultimate reduction); otherwise `value` is what the body returned
    and is to be evaluated further when `lazy`. `stored` is the payload's format if the value is a large one.
    """

    value: Any
    value_hash: bytes
    lazy: bool
    stored: int | None
    call: StoredCall | None = None


# Plain integers: the operators of enumerations cost more than the rest of a replay.
_LAZY, _EXTERNAL, _SECRET = int(ValueFlag.LAZY), int(ValueFlag.EXTERNAL), int(ValueFlag.SECRET)

_Candidate = tuple[int, Any, "StoredValue", "StoredCall | None"]


class Rebuilder:
    """Decides which calls are replayed.

    Parameters
    ----------
    recorder : Recorder
        Where earlier results are.
    current_tasks : callable
        Returns the hashes of the tasks defined now, which guard ultimate reductions.
    validate : callable
        Tells of external values (files …), all at once, whether each still holds.
    externals_of : callable
        Finds the external values in a value.
    """

    def __init__(
        self,
        recorder: Recorder,
        current_tasks: Callable[[], frozenset[bytes]],
        validate: Callable[[Sequence[Any]], Sequence[bool]],
        externals_of: Callable[[Any], Sequence[Any]],
    ) -> None:
        self._recorder = recorder
        self._current_tasks = current_tasks
        self._validate = validate
        self._externals_of = externals_of

    def look_up(self, calls: Sequence[Call]) -> list[Replay | Reason]:
        """Return for each call what to replay, or why it must run."""
        answers: list[Replay | Reason] = [Reason.CACHE_OFF] * len(calls)
        shallow = [index for index, call in enumerate(calls) if call.shallow and call.replay]
        if shallow:
            self._ultimate(calls, shallow, answers)
        single = [
            index
            for index, call in enumerate(calls)
            if call.single and not call.whole and not isinstance(answers[index], Replay)
        ]
        if single:
            self._single(calls, single, answers)
        return answers

    def _single(self, calls: Sequence[Call], indexes: list[int], answers: list[Replay | Reason]) -> None:
        found = self._recorder.find_evaluations([calls[index].eval_hash for index in indexes])
        candidates: list[_Candidate] = []
        for index in indexes:
            stored = found.get(calls[index].eval_hash)
            if stored is None:
                answers[index] = Reason.NEW
                continue
            if stored.flags & _SECRET:
                answers[index] = Reason.SECRET
                continue
            try:
                value = self._read(stored)
            except RedunError as error:
                answers[index] = _unread(error)
                continue
            if stored.flags & _EXTERNAL:
                candidates.append((index, value, stored, None))
            else:
                answers[index] = _replay(value, stored, None)
        self._settle(candidates, answers)

    def _ultimate(self, calls: Sequence[Call], indexes: list[int], answers: list[Replay | Reason]) -> None:
        current = self._current_tasks()
        found = self._recorder.find_calls([calls[index].eval_hash for index in indexes])
        candidates: list[_Candidate] = []
        for index in indexes:
            answers[index] = Reason.NEW
            stored = found.get(calls[index].eval_hash, ())
            for call in stored:
                if not call.tasks <= current and not call.tasks - {calls[index].guard} <= current:
                    answers[index] = Reason.CODE_BELOW
                    continue
                if call.value.flags & _SECRET:
                    answers[index] = Reason.SECRET
                    continue
                try:
                    value = self._read(call.value)
                except RedunError as error:
                    answers[index] = _unread(error)
                    continue
                candidates.append((index, value, call.value, call))
                break
        self._settle(candidates, answers)

    def _settle(self, candidates: list[_Candidate], answers: list[Replay | Reason]) -> None:
        externals: list[Any] = []
        spans: list[tuple[int, int]] = []
        for _index, value, stored, _call in candidates:
            start = len(externals)
            if stored.flags & _EXTERNAL:
                externals += self._externals_of(value)
            spans.append((start, len(externals)))
        holds = self._validate(externals) if externals else []
        for (index, value, stored, call), (start, end) in zip(candidates, spans, strict=True):
            answers[index] = _replay(value, stored, call) if all(holds[start:end]) else Reason.INVALID

    def _read(self, stored: StoredValue) -> Any:
        if stored.payload is not None:
            return unseal(stored.payload, stored.format)
        return read_large(self._recorder, stored.hash, stored.format, lazy=bool(stored.flags & _LAZY))


def _unread(error: RedunError) -> Reason:
    return Reason.UNTRUSTED if isinstance(error, UntrustedValueError) else Reason.UNREADABLE


def _replay(value: Any, stored: StoredValue, call: StoredCall | None) -> Replay:
    return Replay(
        value,
        stored.hash,
        bool(stored.flags & _LAZY),
        stored.format if stored.payload is None else None,
        call,
    )
