"""How a call ended, as buffers that another process reads.

Floor: executors. The first buffer is small and says all but what is large; a large result follows in its own buffers,
which are neither pickled again nor copied, at either end.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from redun.errors import UnknownTaskError, UnreadableValueError
from redun.executors.base import Completion, Work
from redun.executors.output import Output
from redun.executors.remote.failures import decode_error, encode_error
from redun.executors.remote.offered import import_known
from redun.task.registry import get_task_registry
from redun.value.codes import ValueFormat
from redun.value.payload import MAGIC, Payload
from redun.value.seal import unseal
from redun.value.sealed import Sealed

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["decode_outcome", "encode_outcome"]

_PICKLE = int(ValueFormat.PICKLE)


def encode_outcome(completion: Completion) -> list[Buffer]:
    """Return how a call ended as buffers; the work is not among them.

    Examples
    --------
    >>> from redun.value.seal import seal
    >>> [only] = encode_outcome(Completion(None, seal("small"), started=1, ended=2))
    >>> decode_outcome(None, [only]).sealed.value
    'small'
    """
    buffers: list[Buffer] = [b""]
    sealed, error = completion.sealed, completion.error
    result = modules = None
    if sealed is not None:
        result = _encode_sealed(sealed, buffers)
        if sealed.lazy:
            # The calls in it may be of tasks that were imported only here.
            modules = get_task_registry().modules()
    buffers[0] = pickle.dumps(
        (
            result,
            None if error is None else encode_error(error),
            completion.cause,
            completion.started,
            completion.ended,
            [(int(stream), text, dropped) for stream, text, dropped in completion.outputs],
            list(completion.tags),
            modules,
        ),
        5,
    )
    return buffers


def decode_outcome(work: Work, buffers: Sequence[Buffer]) -> Completion:
    """Return how a call ended, with the live result or error.

    A result that cannot be read here is a failed call; an error that cannot is given by one that shows its class' name
    and its message.

    Parameters
    ----------
    work : Work
        The call, as it was submitted.
    buffers : sequence of buffer
        What `encode_outcome` gave. A large array of the result shares their memory, and is writable if that is.
    """
    result, error, cause, started, ended, outputs, tags, modules = pickle.loads(buffers[0])
    outputs = tuple([Output(*output) for output in outputs]) if outputs else ()
    if result is None:
        failure = None if error is None else decode_error(error)
        return Completion(work, None, failure, cause, started, ended, outputs, tags)
    try:
        sealed = _decode_result(result, buffers, modules)
    except UnreadableValueError as unreadable:
        told = UnreadableValueError(
            f"The result of task {work.task.fullname} came from another process and cannot be read in this one: "
            f"{unreadable} Return values whose classes can be imported here too."
        )
        told.__cause__ = unreadable.__cause__
        return Completion(work, None, told, "error", started, ended, outputs, tags)
    return Completion(work, sealed, None, cause, started, ended, outputs, tags)


def _encode_sealed(sealed: Sealed, buffers: list[Buffer]) -> tuple[Any, ...]:
    payload: bytes | int
    if isinstance(sealed.payload, Payload):
        payload = len(sealed.payload.sections)
        buffers += sealed.payload.sections
    else:
        payload = sealed.payload
    return (
        sealed.hash,
        sealed.type_name,
        sealed.size,
        sealed.preview,
        sealed.format,
        sealed.flags,
        payload,
        tuple([_encode_sealed(part, buffers) for part in sealed.parts]),
    )


def _decode_result(
    result: tuple[Any, ...], buffers: Sequence[Buffer], modules: Sequence[str] | None
) -> Sealed:
    try:
        return _decode_sealed(result, iter(buffers[1:]))
    except UnknownTaskError as unknown:
        import_known(modules or ())
        try:
            return _decode_sealed(result, iter(buffers[1:]))
        except UnknownTaskError:
            raise UnreadableValueError(str(unknown)) from unknown


def _decode_sealed(encoded: tuple[Any, ...], large: Iterator[Buffer]) -> Sealed:
    hash_, name, size, shown, format_, flags, payload, parts = encoded
    if type(payload) is int:
        payload = Payload.of(list(islice(large, payload)))
        value = unseal(payload, format_)
    elif format_ == _PICKLE and payload.startswith(MAGIC):
        # On a copy, so that arrays can be written to.
        value = unseal(bytearray(payload))
    else:
        value = unseal(payload, format_)
    sealed_parts = tuple([_decode_sealed(part, large) for part in parts])
    return Sealed(value, hash_, name, size, shown, format_, flags, payload, sealed_parts)
