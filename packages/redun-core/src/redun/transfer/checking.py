"""Refuse a record that contradicts itself: what can be known without looking at others, or into a pickle.

Floor: transfer. A call's hash follows from what it came to, a cache key from the task and its arguments, and so on, so
that nobody can pass off one result for another's. Values that are pickles are the exception: their hashes say what
they mean, which only unpickling would tell. That is why those of strangers are kept apart (see `merging`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from itertools import combinations
from struct import Struct
from typing import Any

from redun.hashing.digest import digest, seed
from redun.hashing.keys import CHANCE, call_hash, eval_hash, task_set_hash
from redun.hashing.values import hash_value
from redun.recorder.ids import EXECUTION_BYTES, HASH_BYTES
from redun.transfer.lines import FIELDS, PIECE
from redun.transfer.records import (
    Call,
    Code,
    Evaluation,
    Job,
    Record,
    RemovedTag,
    Tag,
    TaskSet,
    Value,
)
from redun.value.codes import ValueFormat

__all__ = ["check", "check_fields", "checked_pieces", "fits", "is_guarded"]

_length = Struct("<Q").pack

_TAG_SIZES = {
    "execution": EXECUTION_BYTES,
    "job": EXECUTION_BYTES + 4,
    "call": HASH_BYTES,
    "task": HASH_BYTES,
    "value": HASH_BYTES,
}
# Arguments that do not count for the key are few; beyond this many, one that is given too many is refused.
_MOST_LEFT_OUT = 10


def check_fields(record: Record) -> None:
    """Raise ValueError if a field holds what it may not: a stranger's database is checked by it."""
    for name, test in _TESTS[type(record)]:
        try:
            test(getattr(record, name))
        except ValueError as error:
            raise ValueError(f"its field {name!r}: {error}") from None


def check(record: Record) -> None:
    """Raise ValueError if a record contradicts itself."""
    test = _CHECKS.get(type(record))
    if test is not None:
        test(record)


def fits(value: Value) -> bool:
    """Tell whether the payload of a value is what its hash says, as far as can be known."""
    return value.payload is None or (
        len(value.payload) == value.size and _payload_fits(value.hash, value.format, value.payload)
    )


def _payload_fits(value_hash: bytes, format_: int, payload: bytes) -> bool:
    """Tell whether bytes are what the hash of their value says; those of a pickle are not looked at."""
    if format_ == ValueFormat.RAW:
        return hash_value(payload) == value_hash
    if format_ == ValueFormat.JSON:
        return digest(b"error", payload) == value_hash
    return True


def checked_pieces(value: Value) -> Iterator[bytes]:
    """Yield the pieces of a large payload; ValueError in the end if they are not what they should be."""
    assert value.content is not None
    total = 0
    state = _plain(value)
    for piece in value.content:
        total += len(piece)
        if total > value.size or (total < value.size and len(piece) != PIECE):
            raise ValueError(f"its pieces do not make {value.size} bytes")
        state.update(piece)
        yield piece
    if total != value.size:
        raise ValueError(f"its pieces do not make {value.size} bytes")
    found = state.digest()
    if value.format == ValueFormat.RAW:
        found = _of_bytes(found)
    if value.format != ValueFormat.PICKLE and found != value.hash:
        raise ValueError("its payload has another hash")


def _plain(value: Value) -> blake2b:
    """Return the beginning of the digest of a payload that comes in pieces, as `digest` and `hash_value` make it."""
    if value.format == ValueFormat.RAW:
        state = seed(b"buffer").copy()
        state.update(_length(1) + b"b")
    else:
        state = seed(b"error").copy()
    state.update(_length(value.size))
    return state


def _of_bytes(buffer_digest: bytes) -> bytes:
    state = seed(b"value").copy()
    state.update(b"%" + buffer_digest)
    return state.digest()


def is_guarded(call: Call) -> bool:
    """Tell whether a call's hash can only be checked with its task set: the context it was made in is part of it."""
    children = call.children
    return call.task_set is not None and call.hash not in (
        call_hash(call.eval_hash, call.value, children),
        call_hash(call.eval_hash, call.value, [*children, CHANCE]),
    )


def _code(record: Code) -> None:
    if digest(b"code text", record.text.encode()) != record.hash:
        raise ValueError("its text has another hash")


def _task_set(record: TaskSet) -> None:
    if task_set_hash(record.tasks) != record.hash:
        raise ValueError("its tasks have another hash")


def _value(record: Value) -> None:
    if record.pieces:
        if record.payload is not None or record.pieces != -(-record.size // PIECE):
            raise ValueError(f"{record.pieces} pieces cannot make its {record.size} bytes")
    elif not fits(record):
        raise ValueError("its payload has another hash or size")
    if record.hash in record.parts:
        raise ValueError("it is a part of itself")


def _evaluation(record: Evaluation) -> None:
    positions = [position for position, _, _ in record.arguments]
    if len(set(positions)) != len(positions):
        raise ValueError("two arguments have one position")
    if _key_of(record.task, record.arguments) == record.hash:
        return
    # Some arguments may be left out of a key (`config_args`); the record does not say which.
    count = len(record.arguments)
    if count <= _MOST_LEFT_OUT:
        for size in range(count - 1, -1, -1):
            for some in combinations(record.arguments, size):
                if _key_of(record.task, some) == record.hash:
                    return
    raise ValueError("its task and arguments have another hash")


def _key_of(task: bytes, arguments: tuple[tuple[int, str, bytes], ...]) -> bytes:
    ordered = sorted(arguments)
    return eval_hash(task, tuple([name for _, name, _ in ordered]), [value for _, _, value in ordered])


def _call(record: Call) -> None:
    if record.task_set is None:
        if record.created is not None:
            raise ValueError("it has a time and no set of tasks")
        if call_hash(record.eval_hash, record.value, record.children) != record.hash:
            raise ValueError("its key, result and children have another hash")
    elif record.created is None:
        raise ValueError("it has a set of tasks and no time")


def _job(record: Job) -> None:
    if record.parent is not None and record.parent >= record.number:
        raise ValueError(f"its parent {record.parent} was made after it")


def _tag(record: Tag | RemovedTag) -> None:
    if len(record.id) != _TAG_SIZES[record.entity]:
        raise ValueError(f"{record.id.hex()} is the id of no {record.entity}")


_TESTS = {record: [(name, kind.check) for name, kind in fields] for record, fields in FIELDS.items()}
_CHECKS: dict[type[Record], Callable[[Any], None]] = {
    Code: _code,
    TaskSet: _task_set,
    Value: _value,
    Evaluation: _evaluation,
    Call: _call,
    Job: _job,
    Tag: _tag,
    RemovedTag: _tag,
}
