"""The files of the value store: a payload, and after it a checksum of it.

Floor: recorder. The checksum shows damage before anything is unpickled. It is enough there and spares a second hashing
of every byte: whether the content is the right one is for whoever reads the value to say, by its hash.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "CHECKSUM_SIZE",
    "address_of",
    "checked",
    "digits_of",
    "is_undamaged",
    "read_checked",
    "sync_folder",
    "trailer",
    "write_all",
]

_ADDRESS = re.compile(r"(?:foreign/)?[0-9a-f]{2}/[0-9a-f]{38}")
# Checked and written piece by piece, so that each is read from memory once.
_PIECE = 1024 * 1024
CHECKSUM_SIZE = 4
"""Bytes that follow a payload in its file."""


def address_of(value_hash: bytes) -> str:
    """Return where the payload of a value lies in a value store."""
    digits = value_hash.hex()
    return f"{digits[:2]}/{digits[2:]}"


def digits_of(address: str) -> str:
    """Return the digits of the hash of the value whose payload lies at an address."""
    return str(address).rpartition("foreign/")[2].replace("/", "")


def checked(address: str) -> str:
    """Return an address that is one.

    Whoever may write to a database must not have other files read, and removed for being damaged.

    Raises
    ------
    FileNotFoundError
        It is the way to something else.
    """
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise FileNotFoundError(errno.ENOENT, "it is no address in a value store", address)
    return address


def write_all(file: IO[bytes], chunks: Iterable[Buffer]) -> None:
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


def _write_piece(file: IO[bytes], piece: memoryview) -> None:
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


def read_checked(file: IO[bytes], size: int) -> bytearray | None:
    """Return the payload in a file of so many bytes, in one buffer; None if it is damaged."""
    data = bytearray(max(size - CHECKSUM_SIZE, 0))
    checksum = 0
    rest = memoryview(data)
    while rest:
        count: int = file.readinto(rest[:_PIECE])  # type: ignore[attr-defined]
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
