"""Signatures on the way into the record and out of it.

Floor: recorder. Where section `[signing]` names a key, rows of values carry a signature, and what is not signed with an
accepted key leaves the record without its payload: whoever then asks for that by `Recorder.load` is told why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from redun.errors import UnreadableValueError, UntrustedValueError
from redun.recorder.interface import StoredValue
from redun.value.codes import ValueFormat

if TYPE_CHECKING:
    from redun.signing.signer import Signer
    from typing_extensions import Buffer

__all__ = ["StoredPayload", "accepted", "check_payload", "payload_found", "signed"]


class StoredPayload(NamedTuple):
    """Where the payload of a value is: in the database or, by its address, in the value store."""

    blob: bytes | None
    store: str | None
    format: int
    flags: int
    signature: bytes | None


def accepted(signer: Signer) -> Callable[..., StoredValue]:
    """Return what makes a stored value of `hash, format, flags, blob, signature`."""

    def make(
        value_hash: bytes,
        encoding: int,
        flags: int,
        blob: bytes | None,
        signature: bytes | None,
    ) -> StoredValue:
        if blob is not None and not signer.judge(value_hash, encoding, flags, blob, signature).accepted:
            blob = None
        return StoredValue(value_hash, encoding, flags, blob)

    return make


def check_payload(
    signer: Signer,
    value_hash: bytes,
    stored: StoredPayload,
    payload: Buffer,
    wanted: int | None,
) -> None:
    """Refuse a payload that is not signed with an accepted key, or was signed as one of another format.

    Raises
    ------
    UntrustedValueError
    """
    signer.check(value_hash, stored.format, stored.flags, payload, stored.signature)
    # Whoever reads it looked up its format at another moment: raw bytes must not be read as a pickle.
    if wanted is not None and wanted != stored.format:
        names = [ValueFormat(one).name.lower() for one in (stored.format, wanted)]
        raise UntrustedValueError(
            f"the value {value_hash.hex()} is not read: it was signed as {names[0]} and is to be read as {names[1]}"
        )


def payload_found(
    value_hash: bytes,
    found: StoredPayload | None,
    fetch: Callable[[str], Buffer],
    signer: Signer | None,
    wanted: int | None,
) -> Buffer:
    """Return the payload that was found for a value.

    Parameters
    ----------
    value_hash : bytes
    found : StoredPayload or None
        None: the value is not recorded.
    fetch : callable
        Gets a payload from the value store, by its address.
    signer : Signer or None
        Refuses what is not signed with an accepted key.
    wanted : int or None
        The format that it is to be read as.

    Raises
    ------
    UnreadableValueError
        It is gone or damaged, was never there, or its signature is not accepted.
    """
    if found is None:
        raise UnreadableValueError(f"the value {value_hash.hex()} is not recorded")
    payload = found.blob if found.store is None else fetch(found.store)
    if payload is None:
        raise UnreadableValueError(f"the value {value_hash.hex()} could not be stored when it was recorded")
    if signer is not None:
        check_payload(signer, value_hash, found, payload, wanted)
    return payload


def signed(signer: Signer, rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return rows of values with a signature as the last column, each value once."""
    distinct: dict[bytes, tuple[Any, ...]] = {}
    for row in rows:
        # Of equal values, some rows may be without the payload.
        if row[6] is not None or row[0] not in distinct:
            distinct[row[0]] = row
    return [
        (*row, None if row[6] is None else signer.sign(row[0], row[4], row[5], row[6]))
        for row in distinct.values()
    ]
