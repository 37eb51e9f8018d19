"""Fetch the bytes of a value, for whoever asks for it in so many words.

Floor: recorder. Nothing else that looks at the record touches payloads; these are not unpickled here either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from redun.errors import UnreadableValueError
from redun.recorder.signed import StoredPayload, check_payload
from redun.recorder.storing import Storing, Values

if TYPE_CHECKING:
    from redun.recorder.reader_database import OpenedDatabase
    from redun.recorder.value_store import ValueStore
    from redun.signing.signer import Signer
    from typing_extensions import Buffer

__all__ = ["payload_of"]

PAYLOAD = "SELECT blob, store, format, flags, signature FROM value WHERE hash = ?"


def payload_of(
    database: OpenedDatabase,
    value_hash: bytes,
    payload_format: int,
    store: Callable[[], ValueStore | None],
    signer: Signer | None = None,
) -> Buffer:
    """Return the bytes of a value.

    Parameters
    ----------
    database : OpenedDatabase
    value_hash : bytes
    payload_format : int
        What the bytes will be read as.
    store : callable
        Returns the large values of the record; None if there is no such place.
    signer : Signer, optional
        Must accept their signature.

    Raises
    ------
    UnreadableValueError
        They are gone or damaged, were never there, or came from a repository that is not trusted; an
        `UntrustedValueError` if their signature is not accepted.
    """
    rows = database.rows(PAYLOAD, value_hash)
    stored = StoredPayload(*(rows[0] if rows else (None, None, 0, 0, None)))
    payload: Buffer | None = stored.blob
    if stored.store is not None:
        payload = Storing(Values(store()), lambda: None).get(stored.store)
    if payload is None:
        raise UnreadableValueError(
            f"the value {value_hash.hex()} cannot be read back: it could not be stored when it was recorded, or it was "
            "pulled from a repository that is not trusted"
        )
    if signer is not None:
        check_payload(signer, value_hash, stored, payload, payload_format)
    return payload
