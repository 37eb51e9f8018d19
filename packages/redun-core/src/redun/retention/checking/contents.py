"""Are values, their payloads and the index of files what they say?

Floor: retention. What is pickled stays so: of it the size is compared, and a file's checksum.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from redun.hashing.digest import digest
from redun.hashing.values import hash_value
from redun.recorder.batch import ValueFlag, ValueFormat
from redun.recorder.marks import Kind, hidden
from redun.recorder.value_files import is_undamaged
from redun.recorder.value_store import FileValueStore
from redun.retention.checking.asking import Asking
from redun.retention.checking.problems import Problem
from redun.retention.payloads import NAMED, Payloads

__all__ = ["files", "payloads", "values"]

_CHUNK = 500
_VALUES = (
    "SELECT hash, size, format, flags, length(blob), CASE WHEN format = 0 THEN NULL ELSE blob END"
    f" FROM value WHERE hash > ? AND {hidden(Kind.VALUE, 'value.hash')} ORDER BY hash LIMIT ?"
)
_PICKLE, _JSON, _RAW = int(ValueFormat.PICKLE), int(ValueFormat.JSON), int(ValueFormat.RAW)


def values(connection: Asking) -> Iterator[Problem | int]:
    """Yield values whose bytes are not theirs; and how many were read."""
    last, count = b"", 0
    while rows := connection.execute(_VALUES, (last, _CHUNK)).fetchall():
        for found, size, form, flags, length, blob in rows:
            if form not in (_PICKLE, _JSON, _RAW):
                yield Problem("value", found.hex(), f"its format {form} is unknown")
            elif length is not None and length != size:
                yield Problem("value", found.hex(), f"{length} bytes, and {size} were recorded")
            elif blob is not None and not (isinstance(blob, bytes) and _fits(found, form, flags, blob)):
                yield Problem("value", found.hex())
        last = rows[-1][0]
        count += len(rows)
        yield count


def payloads(
    connection: sqlite3.Connection, store: FileValueStore, beside: Payloads
) -> Iterator[Problem | int]:
    """Yield large values whose file is gone or damaged, and files that no value names; and how many were read."""
    for count, (found, address) in enumerate(connection.execute(f"{NAMED} ORDER BY hash"), 1):
        try:
            with store.local(address) as path:
                if not is_undamaged(path):
                    yield Problem("payload", found.hex(), f"{store}/{address} is damaged")
        except FileNotFoundError:
            yield Problem("payload", found.hex(), f"{store}/{address} is gone")
        yield count
    for address, size in beside.strays(connection):
        yield Problem("stray payload", str(beside.folder / address), f"{size} bytes")


def files(connection: Asking) -> Iterator[Problem]:
    """Yield entries of the index of files whose value is none."""
    query = (
        "SELECT f.path, f.value_hash FROM file f JOIN value v ON v.hash = f.value_hash"
        f" WHERE v.flags & {int(ValueFlag.EXTERNAL)} = 0 ORDER BY f.path"
    )
    for path, found in connection.execute(query):
        yield Problem("file", path, f"value {found.hex()} is no file")


def _fits(found: bytes, form: int, flags: int, blob: bytes) -> bool:
    if form == _RAW:
        return hash_value(blob) == found
    # The only JSON among values are errors.
    return not flags & int(ValueFlag.ERROR) or digest(b"error", blob) == found
