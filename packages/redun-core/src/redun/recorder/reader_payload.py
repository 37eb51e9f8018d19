"""Fetch the bytes of a value, for whoever asks for it in so many words.

Floor: recorder. Nothing else that looks at the record touches payloads; these are not unpickled here either.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from redun.errors import UnreadableValueError
from redun.recorder.value_store import FolderValueStore

if TYPE_CHECKING:
    from redun.recorder.reader_database import OpenedDatabase
    from typing_extensions import Buffer

__all__ = ["payload_of"]

PAYLOAD = "SELECT blob, store FROM value WHERE hash = ?"
_STORE = "values"


def payload_of(database: OpenedDatabase, value_hash: bytes) -> Buffer:
    """Return the bytes of a value.

    Parameters
    ----------
    database : OpenedDatabase
        Of a file, the folder of large payloads stands beside it.
    value_hash : bytes

    Raises
    ------
    UnreadableValueError
        They are gone or damaged, were never there, or came from a repository that is not trusted.
    """
    rows = database.rows(PAYLOAD, value_hash)
    blob, address = rows[0] if rows else (None, None)
    if address is not None:
        return FolderValueStore(Path(database.location).parent / _STORE).get(address)
    if blob is None:
        raise UnreadableValueError(
            f"the value {value_hash.hex()} cannot be read back: it could not be stored when it was recorded, or it was "
            "pulled from a repository that is not trusted"
        )
    return bytes(blob)
