"""Bring the large values of a record along.

Floor: transfer. The files of one value store go to the other as they are, with their checksums. Where the target has
none, payloads become part of its rows.
"""

from __future__ import annotations

from typing import Any

from redun.errors import RecorderError, UnreadableValueError
from redun.recorder.value_files import is_undamaged
from redun.recorder.value_store import FileValueStore
from redun.transfer.whole.tables import Copied

__all__ = ["Payloads"]

_LARGEST = 1_000_000_000
"""Bytes that a database takes in one piece: PostgreSQL no more than 1 GiB in a whole message."""


class Payloads:
    """The large values of both sides.

    Parameters
    ----------
    source, target : FileValueStore or None
        None: all are in the database.
    """

    def __init__(self, source: FileValueStore | None, target: FileValueStore | None) -> None:
        self._source = source
        self._target = target
        self.brought = 0
        self.lost: set[bytes] = set()
        """Values whose payload is gone or damaged, so that they come without it."""

    def fitted(self, table: Copied, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return a row as the target is to have it, its payload there already if it is a file.

        Raises
        ------
        RecorderError
            The payload cannot be kept in a database.
        """
        store = table.columns.index("store")
        address = row[store]
        if address is None:
            return row
        found = row[table.columns.index("hash")]
        if self._target is not None:
            self._bring(found, address)
            return row
        blob = table.columns.index("blob")
        fitted = list(row)
        fitted[store], fitted[blob] = None, self._read(found, address)
        return tuple(fitted)

    def _bring(self, found: bytes, address: str) -> None:
        assert self._target is not None
        size = self._target.size(address)
        if self._source is None:
            if size is None:
                self.lost.add(found)
            return
        if str(self._source) == str(self._target) or (
            size is not None and size == self._source.size(address)
        ):
            return
        try:
            with self._source.local(address) as file:
                if not is_undamaged(file):
                    raise FileNotFoundError(address)
                if size is not None:
                    self._target.remove(address)
                self._target.take(file, address, keep=True)
                self.brought += 1
        except FileNotFoundError:
            self.lost.add(found)

    def _read(self, found: bytes, address: str) -> bytes | None:
        if self._source is None:
            self.lost.add(found)
            return None
        size = self._source.size(address)
        if size is not None and size > _LARGEST:
            raise RecorderError(
                f"the value {found.hex()} takes {size:,} bytes, more than a row of a database may hold: name a value "
                "store for the target (--target-values)"
            )
        try:
            return bytes(self._source.get(address))
        except UnreadableValueError:
            self.lost.add(found)
            return None
