"""What was made of a value: the calls that used it, and those that used their results.

Floor: recorder.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from redun.hashing.keys import call_hash
from redun.recorder.batch import ValueFlag
from redun.recorder.lineage_records import Use
from redun.recorder.reader_records import CallRecord, ValueRecord

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["downstream"]

_LIMIT = 500


def downstream(
    reader: Reader, value: ValueRecord, *, call: CallRecord | None = None, limit: int = _LIMIT
) -> tuple[Use, ...]:
    """Return the calls that used a value, nearest first.

    Parameters
    ----------
    reader : Reader
    value : ValueRecord
    call : CallRecord, optional
        Follow the result of this call alone. Otherwise whatever was given an equal value counts, as is right for
        files; for a small number or a truth value it finds more than was meant.
    limit : int, default 500
        How many uses to return at most.
    """
    search = _Search(reader, limit)
    if call is None:
        search.follow_value(value, 1)
    else:
        search.follow_call(call, 1)
    return search.run()


class _Search:
    """Breadth first over (eval hash, position) of the arguments that carry the value or something made of it."""

    def __init__(self, reader: Reader, limit: int) -> None:
        self.reader = reader
        self.limit = limit
        self.pending: deque[tuple[int, bytes, int]] = deque()
        self.met: set[tuple[bytes, int]] = set()
        self.followed: set[bytes] = set()

    def run(self) -> tuple[Use, ...]:
        uses: list[Use] = []
        while self.pending and len(uses) < self.limit:
            depth, eval_hash, position = self.pending.popleft()
            arguments = self.reader.arguments([eval_hash]).get(eval_hash, ())
            argument = next((one for one in arguments if one.position == position), None)
            if argument is None:
                continue
            for call in self.reader.calls_of_evaluation(eval_hash, leaf_hash=self._leaf_hash(eval_hash)):
                uses.append(Use(depth, call, argument))
                self._follow_handed(call, argument.value, depth + 1)
                if not call.failed:
                    self.follow_call(call, depth + 1)
        return tuple(uses[: self.limit])

    def follow_value(self, value: ValueRecord, depth: int) -> None:
        """Look for whatever was given a value, or a container of it."""
        for given in (value.hash, *self.reader.containers(value.hash)):
            self._meet(self.reader.arguments_of_value(given), depth)

    def follow_call(self, call: CallRecord, depth: int) -> None:
        """Look for whatever was given the result of a call, or of a call above that returned it."""
        for maker in self._returning(call):
            if maker.hash in self.followed:
                continue
            self.followed.add(maker.hash)
            self._meet(self.reader.uses_of_call(maker.hash), depth)
        value = self.reader.value(call.value_hash)
        if value.flags & ValueFlag.EXTERNAL:
            self.follow_value(value, depth)

    def _returning(self, call: CallRecord) -> Iterator[CallRecord]:
        """Yield a call and those above it that returned its result as theirs."""
        pending, met = [call], {call.hash}
        while pending:
            current = pending.pop()
            yield current
            for parent in self.reader.parents(current.hash):
                if parent.hash not in met and parent.value_hash == call.value_hash and not parent.failed:
                    met.add(parent.hash)
                    pending.append(parent)

    def _follow_handed(self, call: CallRecord, value: ValueRecord, depth: int) -> None:
        """Look for the calls to which a call handed on the value that it was given."""
        children = self.reader.children(call.hash, self.limit)
        arguments = self.reader.arguments(child.eval_hash for child in children)
        self._meet(
            [
                (child.eval_hash, argument.position)
                for child in children
                for argument in arguments.get(child.eval_hash, ())
                if argument.value.hash == value.hash
            ],
            depth,
        )

    def _meet(self, places: list[tuple[bytes, int]], depth: int) -> None:
        for place in places:
            if place not in self.met:
                self.met.add(place)
                self.pending.append((depth, *place))

    def _leaf_hash(self, eval_hash: bytes) -> bytes | None:
        """Return the hash of the call that made no other call: it follows from its evaluation."""
        result = self.reader.reduction(eval_hash)
        return None if result is None else call_hash(eval_hash, result)
