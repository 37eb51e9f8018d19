"""What is in recorded values, as far as it can be told without loading them.

Floor: recorder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import attrs
from redun.recorder.batch import ValueFlag
from redun.recorder.explaining import sql
from redun.recorder.explaining.content import differences
from redun.recorder.explaining.plain import LARGEST, UNREADABLE, Opaque, read_plain

if TYPE_CHECKING:
    from redun.recorder.reader import Reader
    from redun.recorder.reader_records import ValueRecord

__all__ = ["Contents", "File"]

_PREVIEW = re.compile(r"\w+\(path=(.*?)(?:, hash=[0-9a-f]{8})?\)", re.S)
_FILES = 200


@attrs.frozen
class File:
    """A file as a value saw it.

    Attributes
    ----------
    hash : bytes
        Of the value.
    digest : bytes
        Of the content, where it is known; else `hash`.
    size : int or None
        Bytes.
    """

    hash: bytes
    digest: bytes
    size: int | None


class Contents:
    """Reads small payloads, each once.

    Parameters
    ----------
    reader : Reader
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._read: dict[bytes, Any] = {}
        self._parts: dict[bytes, list[ValueRecord]] = {}

    def take(self, record: ValueRecord, payload: object, parts: Iterable[ValueRecord] = ()) -> None:
        """Take a value that is not recorded, with the external ones in it."""
        blob = payload if isinstance(payload, bytes) else None
        self._read[record.hash] = read_plain(blob, record.format)
        self._parts[record.hash] = list(parts)

    def differences(self, old: ValueRecord, new: ValueRecord) -> tuple[str, ...]:
        """Return what differs in two texts or containers."""
        if (old.flags | new.flags) & (ValueFlag.LAZY | ValueFlag.ERROR):
            return ()
        before, after = self._plain([old.hash, new.hash])
        return () if before is UNREADABLE or after is UNREADABLE else differences(before, after)

    def files(self, value: ValueRecord) -> dict[str, File]:
        """Return the files that a value is or holds, by path."""
        if not value.flags & ValueFlag.EXTERNAL:
            return {}
        parts = self._parts.get(value.hash)
        if parts is None:
            parts = list(self.reader.values(self.reader.parts(value.hash, _FILES)).values())
        records = [value, *parts]
        found: dict[str, File] = {}
        for record, content in zip(records, self._plain([record.hash for record in records]), strict=True):
            path, file = _file(record, content)
            if path is not None:
                found[path] = file
        return found

    def _plain(self, hashes: Iterable[bytes]) -> list[Any]:
        wanted = list(hashes)
        missing = [key for key in wanted if key not in self._read]
        for key, encoding, blob in self.reader.database.many(sql.SMALL_PAYLOADS, missing, LARGEST):
            self._read[key] = read_plain(blob, encoding)
        return [self._read.get(key, UNREADABLE) for key in wanted]


def _file(record: ValueRecord, content: Any) -> tuple[str | None, File]:
    """Return the path of a file and what was seen of it."""
    state = content.state if isinstance(content, Opaque) else None
    if isinstance(state, tuple) and len(state) == 3 and isinstance(state[0], str):
        seen = state[2].arguments if isinstance(state[2], Opaque) else None
        if isinstance(seen, tuple) and len(seen) == 3 and isinstance(seen[0], bytes):
            size = seen[1] if isinstance(seen[1], int) and seen[1] >= 0 else None
            return state[0], File(record.hash, seen[0], size)
        return state[0], File(record.hash, record.hash, None)
    match = _PREVIEW.fullmatch(record.preview)
    if match is None or not record.flags & ValueFlag.EXTERNAL:
        return None, File(record.hash, record.hash, None)
    return match[1], File(record.hash, record.hash, None)
