"""Two places for large payloads: one that is written, and one where earlier ones may lie.

Floor: recorder. A record that was begun with its payloads in the folder beside it goes on in the value store that its
configuration names by now.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from redun.errors import UnreadableValueError
from redun.recorder.value_files import address_of
from redun.recorder.value_store import FileValueStore, FolderValueStore

if TYPE_CHECKING:
    from redun.value.payload import Payload
    from typing_extensions import Buffer

__all__ = ["LayeredValueStore"]


class LayeredValueStore:
    """Writes into one value store, and reads from it and from another.

    Parameters
    ----------
    store : FileValueStore
        The one that is written.
    earlier : FolderValueStore
        Asked first, for it lies on this machine.
    """

    shared = True

    def __init__(self, store: FileValueStore, earlier: FolderValueStore) -> None:
        self.store = store
        self.earlier = earlier
        self.at_a_time = store.at_a_time

    def __str__(self) -> str:
        return str(self.store)

    def put(self, value_hash: bytes, payload: bytes | Payload, *, replace: bool = False) -> str:
        """Keep a payload in the store that is written, unless either has it; one to be replaced is so in both."""
        address = address_of(value_hash)
        if self.earlier.holds(address):
            if not replace:
                return address
            self.earlier.remove(address)
        return self.store.put(value_hash, payload, replace=replace)

    def holds(self, address: str) -> bool:
        """Tell whether either has a payload."""
        return self.earlier.holds(address) or self.store.holds(address)

    def get(self, address: str) -> Buffer:
        """Read a payload from where it is, and undamaged."""
        if self.earlier.holds(address):
            with contextlib.suppress(UnreadableValueError):
                return self.earlier.get(address)
        return self.store.get(address)

    @contextlib.contextmanager
    def local(self, address: str) -> Iterator[Path]:
        """Lend the file, or a copy."""
        with self._having(address).local(address) as path:
            yield path

    def take(self, file: Path, address: str, *, keep: bool = False) -> None:
        """Keep a file in the store that is written."""
        self.store.take(file, address, keep=keep)

    def size(self, address: str) -> int | None:
        """Return the bytes of a file."""
        return self._having(address).size(address)

    def remove(self, address: str) -> None:
        """Remove a file from both."""
        self.earlier.remove(address)
        self.store.remove(address)

    def _having(self, address: str) -> FileValueStore:
        return self.earlier if self.earlier.holds(address) else self.store
