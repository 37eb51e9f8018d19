"""Large payloads, kept outside the database.

Floor: recorder. A payload lies in a file named after its value's hash, so that a value seen before is not written
again. The file ends with a checksum of what precedes it, so that a damaged file is noticed before it is unpickled.
A checksum is enough there and spares a second hashing of every byte: whether the content is the right one is for
whoever reads the value to say, by its hash.
"""

from __future__ import annotations

import contextlib
import os
import time
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from redun.errors import UnreadableValueError
from redun.recorder.failures import translate

if TYPE_CHECKING:
    from redun.value.payload import Payload
    from typing_extensions import Buffer

__all__ = [
    "CHECKSUM_SIZE",
    "FolderValueStore",
    "MemoryValueStore",
    "ValueStore",
    "address_of",
    "is_undamaged",
    "sync_folder",
    "trailer",
    "write_all",
]

# Checked and written piece by piece, so that each is read from memory once.
_PIECE = 1024 * 1024
_STALE_S = 24 * 3600
CHECKSUM_SIZE = 4
"""Bytes that follow a payload in its file."""


def address_of(value_hash: bytes) -> str:
    """Return where the payload of a value lies in a folder of payloads."""
    digits = value_hash.hex()
    return f"{digits[:2]}/{digits[2:]}"


class ValueStore(Protocol):
    """Holds payloads by the hash of their value."""

    def put(self, value_hash: bytes, payload: bytes | Payload, *, replace: bool = False) -> str:
        """Keep a payload, safely on disk when this returns, and return its address.

        One that is there already is left as it is, unless it is to be replaced.
        """

    def holds(self, address: str) -> bool:
        """Tell whether a payload is there."""

    def get(self, address: str) -> Buffer:
        """Return the bytes of a payload, writable and not shared.

        Raises
        ------
        UnreadableValueError
            They are gone or damaged.
        """


class MemoryValueStore:
    """Keeps payloads as long as it lives."""

    def __init__(self) -> None:
        self._payloads: dict[str, bytes] = {}

    def put(self, value_hash: bytes, payload: bytes | Payload, *, replace: bool = False) -> str:
        """Keep a copy."""
        address = value_hash.hex()
        if replace or address not in self._payloads:
            self._payloads[address] = bytes(payload)
        return address

    def holds(self, address: str) -> bool:
        """Tell whether there is a copy."""
        return address in self._payloads

    def get(self, address: str) -> Buffer:
        """Return a copy."""
        try:
            return bytearray(self._payloads[address])
        except KeyError:
            raise UnreadableValueError(f"no payload is kept for the value {address}") from None


class FolderValueStore:
    """Keeps payloads as files.

    Parameters
    ----------
    folder : Path
        Made when the first payload is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._swept = False

    def put(self, value_hash: bytes, payload: bytes | Payload, *, replace: bool = False) -> str:
        """Write a file, unless there is one that is to stay, and return its path within the folder.

        Raises
        ------
        DatabaseFullError, DatabaseUnwritableError
            It could not be written; nothing is left behind.
        """
        address = address_of(value_hash)
        path = self.folder / address
        try:
            if replace or not path.exists():
                self._write(path, [payload] if isinstance(payload, bytes) else payload.chunks())
        except OSError as error:
            raise translate(error, path) from error
        return address

    def holds(self, address: str) -> bool:
        """Tell whether there is a file."""
        return (self.folder / address).exists()

    def get(self, address: str) -> Buffer:
        """Read a file into one buffer and verify it; one that is damaged is removed, so that it can be written anew."""
        path = self.folder / address
        try:
            data = _read(path)
        except OSError as error:
            raise UnreadableValueError(
                f"the payload of the value {_digits(address)} cannot be read from {path}: {error.strerror or error}"
            ) from error
        if data is None:
            with contextlib.suppress(OSError):
                path.unlink()
            raise UnreadableValueError(f"the payload of the value {_digits(address)} is damaged: {path}")
        return data

    def _write(self, path: Path, chunks: Sequence[Buffer]) -> None:
        # Only the owner may read: payloads are as private as the database.
        self.folder.mkdir(mode=0o700, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._sweep()
        unfinished = self.folder / f"unfinished-{os.urandom(8).hex()}"
        try:
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", 0) as file:
                write_all(file, chunks)
                os.fsync(file.fileno())
            os.replace(unfinished, path)
        except BaseException:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise
        for folder in (path.parent, self.folder):
            sync_folder(folder)

    def _sweep(self) -> None:
        """Remove what processes killed long ago left unfinished."""
        if self._swept:
            return
        self._swept = True
        with contextlib.suppress(OSError):
            for path in self.folder.glob("unfinished-*"):
                if time.time() - path.stat().st_mtime > _STALE_S:
                    path.unlink()


def write_all(file: BinaryIO, chunks: Iterable[Buffer]) -> None:
    """Write a payload, given in pieces, and its checksum."""
    checksum = 0
    for chunk in chunks:
        view = memoryview(chunk).cast("B")
        for start in range(0, view.nbytes, _PIECE):
            piece = view[start : start + _PIECE]
            checksum = zlib.crc32(piece, checksum)
            _write_piece(file, piece)
    _write_piece(file, memoryview(trailer(checksum)))


def trailer(checksum: int) -> bytes:
    """Return what follows a payload in its file."""
    return checksum.to_bytes(CHECKSUM_SIZE, "little")


def _write_piece(file: BinaryIO, piece: memoryview) -> None:
    # An unbuffered file may take less than it is given, and says so.
    while piece:
        piece = piece[file.write(piece) :]


def is_undamaged(path: Path) -> bool:
    """Tell whether a payload's file ends with the checksum of what precedes it, reading it piece by piece."""
    checksum = 0
    with open(path, "rb", 0) as file:
        rest = os.fstat(file.fileno()).st_size - CHECKSUM_SIZE
        while rest > 0 and (piece := file.read(min(rest, _PIECE))):
            checksum = zlib.crc32(piece, checksum)
            rest -= len(piece)
        return rest == 0 and file.read(CHECKSUM_SIZE) == trailer(checksum)


def _read(path: Path) -> bytearray | None:
    """Return the payload, or None if the file is damaged."""
    with open(path, "rb", 0) as file:
        data = bytearray(max(os.fstat(file.fileno()).st_size - CHECKSUM_SIZE, 0))
        checksum = 0
        rest = memoryview(data)
        while rest:
            count = file.readinto(rest[:_PIECE])
            checksum = zlib.crc32(rest[:count], checksum)
            rest = rest[count:]
            if not count:
                return None
        return data if file.read(CHECKSUM_SIZE + 1) == trailer(checksum) else None


def sync_folder(folder: Path) -> None:
    """Make sure that a file renamed into a folder stays there."""
    # Without it, a renamed file may be gone after a power cut; not every system can.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _digits(address: str) -> str:
    return address.replace("/", "")
