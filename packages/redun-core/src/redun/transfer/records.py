"""The records that go from one repository to another, and what each field may hold.

Floor: transfer. A record stands on its own: it names others by their hashes, never by the integer keys of a database,
and holds what is needed to check it. `docs/repositories.md` lists them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from redun.recorder.batch import JobStatus, Reason, ValueFlag
from redun.recorder.ids import EXECUTION_BYTES, HASH_BYTES
from redun.signing.names import SIGNATURE_SIZE
from redun.transfer.fields import (
    Bytes,
    Flag,
    Integer,
    JsonText,
    Kind,
    Maybe,
    Pairs,
    Payload,
    Text,
    Word,
)

__all__ = [
    "KINDS",
    "Attempt",
    "Call",
    "Code",
    "Evaluation",
    "Execution",
    "File",
    "Handle",
    "Job",
    "Output",
    "Record",
    "RemovedTag",
    "Tag",
    "Task",
    "TaskSet",
    "Value",
]

_HASH = Bytes(HASH_BYTES)
_EXECUTION = Bytes(EXECUTION_BYTES)
# A job whose arguments never came to be has no cache key.
_KEY = Bytes(HASH_BYTES, 0)
_TEXT = Text()
_COUNT = Integer(0, 2**31 - 1)
_TIME = Integer()


def _field(kind: Kind, **options: Any) -> Any:
    return attrs.field(metadata={"kind": kind}, **options)


@attrs.frozen
class Code:
    """The text of a helper function, class or constant."""

    hash: bytes = _field(_HASH)
    text: str = _field(_TEXT)


@attrs.frozen
class Task:
    """A version of a task.

    `parts` are what its hash covers besides its source: kind, name, digest, the part that refers to it, code.
    """

    hash: bytes = _field(_HASH)
    namespace: str = _field(_TEXT)
    name: str = _field(Text(empty=False))
    parameters: str = _field(JsonText(texts=True))
    source: str = _field(_TEXT)
    file: str = _field(_TEXT)
    line: int = _field(_COUNT)
    version: str | None = _field(Maybe(_TEXT))
    parts: tuple[tuple[str, str, bytes, str | None, bytes | None], ...] = _field(
        Pairs(_TEXT, _TEXT, _HASH, Maybe(_TEXT), Maybe(_HASH))
    )


@attrs.frozen
class TaskSet:
    """The task versions, and other things, that calls depend on."""

    hash: bytes = _field(_HASH)
    tasks: tuple[bytes, ...] = _field(Pairs(_HASH))


@attrs.frozen
class Value:
    """A value.

    `payload` is None where none is kept, or where the pieces of it follow. `parts` are the external values inside.
    `foreign`: the repository does not trust whoever it has it from. `signature`, where there is one, is that of whoever
    recorded the value: who reads it may know the key.
    """

    hash: bytes = _field(_HASH)
    type: str = _field(_TEXT)
    size: int = _field(Integer())
    preview: str = _field(_TEXT)
    format: int = _field(Word(0, 1, 2))
    flags: int = _field(Integer(0, sum(ValueFlag)))
    payload: bytes | None = _field(Maybe(Payload()))
    pieces: int = _field(_COUNT)
    parts: tuple[bytes, ...] = _field(Pairs(_HASH))
    foreign: bool = _field(Flag())
    signature: bytes | None = _field(Maybe(Bytes(SIGNATURE_SIZE)), default=None)
    #: Where the bytes come from if `pieces` says that there are many; no field of the document.
    content: Iterable[bytes] | None = None


@attrs.frozen
class File:
    """A file's path, and a value that it had."""

    path: str = _field(_TEXT)
    value: bytes = _field(_HASH)


@attrs.frozen
class Evaluation:
    """A cache key: the arguments behind it, the calls that these came from, and what the body returned.

    `arguments` are position, name and value; `flows` position and call. `foreign` are results that the repository
    has from others.
    """

    hash: bytes = _field(_HASH)
    task: bytes = _field(_HASH)
    arguments: tuple[tuple[int, str, bytes], ...] = _field(Pairs(_COUNT, _TEXT, _HASH))
    flows: tuple[tuple[int, bytes], ...] = _field(Pairs(_COUNT, _HASH))
    result: bytes | None = _field(Maybe(_HASH))
    foreign: tuple[bytes, ...] = _field(Pairs(_HASH))


@attrs.frozen
class Call:
    """A finished call; `children` are the calls that it made, in order."""

    hash: bytes = _field(_HASH)
    task: bytes = _field(_HASH)
    eval_hash: bytes = _field(_KEY)
    value: bytes = _field(_HASH)
    task_set: bytes | None = _field(Maybe(_HASH))
    failed: int = _field(Word(0, 1))
    created: int | None = _field(Maybe(_TIME))
    children: tuple[bytes, ...] = _field(Pairs(_HASH))
    foreign: bool = _field(Flag())


@attrs.frozen
class Handle:
    """A state of a handle, and the states that came from it."""

    hash: bytes = _field(_HASH)
    fullname: str = _field(_TEXT)
    key: str = _field(_TEXT)
    valid: int = _field(Word(0, 1))
    children: tuple[bytes, ...] = _field(Pairs(_HASH))


@attrs.frozen
class Execution:
    """A run."""

    id: bytes = _field(_EXECUTION)
    argv: str = _field(JsonText(texts=True))
    task: str = _field(_TEXT)
    status: int = _field(Word(0, 1, 3, 4, 5))
    started: int = _field(_TIME)
    ended: int | None = _field(Maybe(_TIME))
    heartbeat: int = _field(_TIME)
    host: str = _field(_TEXT)
    pid: int = _field(_COUNT)
    version: str = _field(_TEXT)
    error: str | None = _field(Maybe(_TEXT))


@attrs.frozen
class Job:
    """A call in a run."""

    execution: bytes = _field(_EXECUTION)
    number: int = _field(_COUNT)
    parent: int | None = _field(Maybe(_COUNT))
    task: bytes = _field(_HASH)
    eval_hash: bytes = _field(_KEY)
    call: bytes | None = _field(Maybe(_HASH))
    status: int = _field(Integer(0, JobStatus.LOST))
    reason: int = _field(Integer(0, max(Reason)))
    executor: str | None = _field(Maybe(_TEXT))
    started: int = _field(_TIME)
    duration: int | None = _field(Maybe(_TIME))


@attrs.frozen
class Attempt:
    """An attempt at a job that was retried."""

    execution: bytes = _field(_EXECUTION)
    number: int = _field(_COUNT)
    attempt: int = _field(_COUNT)
    error: str = _field(_TEXT)
    cause: str = _field(_TEXT)
    started: int = _field(_TIME)
    duration: int | None = _field(Maybe(_TIME))


@attrs.frozen
class Output:
    """What a job printed (stream 1 and 2) or logged (3); `dropped` bytes of it were not kept."""

    execution: bytes = _field(_EXECUTION)
    number: int = _field(_COUNT)
    stream: int = _field(Word(1, 2, 3))
    text: str = _field(_TEXT)
    dropped: int = _field(_TIME)


_ENTITY = Word("execution", "job", "call", "task", "value")
_TAGGED = Bytes(EXECUTION_BYTES, EXECUTION_BYTES + 4, HASH_BYTES)


@attrs.frozen
class Tag:
    """A tag; the id of a job is its execution's id and four bytes of its number."""

    entity: str = _field(_ENTITY)
    id: bytes = _field(_TAGGED)
    key: str = _field(_TEXT)
    value: str = _field(JsonText())


@attrs.frozen
class RemovedTag:
    """A tag that somebody took away."""

    entity: str = _field(_ENTITY)
    id: bytes = _field(_TAGGED)
    key: str = _field(_TEXT)
    value: str = _field(JsonText())
    removed: int = _field(_TIME)


Record = (
    Code
    | Task
    | TaskSet
    | Value
    | File
    | Evaluation
    | Call
    | Handle
    | Execution
    | Job
    | Attempt
    | Output
    | Tag
    | RemovedTag
)

KINDS: dict[str, type[Record]] = {
    "code": Code,
    "task": Task,
    "task_set": TaskSet,
    "value": Value,
    "file": File,
    "evaluation": Evaluation,
    "call": Call,
    "handle": Handle,
    "execution": Execution,
    "job": Job,
    "attempt": Attempt,
    "output": Output,
    "tag": Tag,
    "removed_tag": RemovedTag,
}
"""By the name that a line of an export begins with, in the order in which records are sent."""
