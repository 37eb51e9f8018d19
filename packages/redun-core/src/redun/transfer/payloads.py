"""Large payloads, piece by piece: out of one value store, and into another.

Floor: transfer. The path of a payload follows from its value's hash; what a database says of it is not asked. Those of
strangers lie apart, in `foreign`: there no value of ours, which might have the same hash, will take them for its own.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from redun.recorder.failures import translate
from redun.recorder.value_files import CHECKSUM_SIZE, address_of, is_undamaged, write_all
from redun.recorder.value_store import FileValueStore
from redun.transfer.lines import PIECE

__all__ = ["FOREIGN", "foreign_address", "payload_address", "pieces_of", "write_payload"]

FOREIGN = "foreign"
"""Folder within a value store."""


def foreign_address(value_hash: bytes) -> str:
    """Return the address of a stranger's payload."""
    return f"{FOREIGN}/{address_of(value_hash)}"


def payload_address(value_hash: bytes, *, foreign: bool) -> str:
    """Return the address of a payload in a value store."""
    return foreign_address(value_hash) if foreign else address_of(value_hash)


def write_payload(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a payload and its checksum, safely on disk when this returns."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb", 0) as file:
        write_all(file, pieces)
        os.fsync(file.fileno())


def pieces_of(store: FileValueStore, address: str, size: int) -> Iterator[bytes] | None:
    """Return the bytes of a payload, without its checksum; None if it is gone, damaged, or has another size.

    Raises
    ------
    RecorderError
        While the pieces are taken: it went away, or cannot be read.
    """
    with contextlib.ExitStack() as stack:
        try:
            path = stack.enter_context(store.local(address))
            if path.stat().st_size != size + CHECKSUM_SIZE or not is_undamaged(path):
                return None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise translate(error, str(store)) from error
        return _pieces(stack.pop_all(), path, size)


def _pieces(lent: contextlib.ExitStack, path: Path, size: int) -> Iterator[bytes]:
    with lent:
        try:
            with open(path, "rb", 0) as file:
                yield from _read(file.fileno(), size)
        except OSError as error:
            raise translate(error, path) from error


def _read(descriptor: int, size: int) -> Iterator[bytes]:
    rest = size
    while rest > 0:
        piece = os.read(descriptor, min(PIECE, rest))
        if not piece:
            raise OSError(5, "the file is shorter than it was")
        rest -= len(piece)
        # A short read would make pieces of other sizes than the format says.
        while rest > 0 and len(piece) % PIECE:
            more = os.read(descriptor, min(PIECE - len(piece) % PIECE, rest))
            if not more:
                raise OSError(5, "the file is shorter than it was")
            piece += more
            rest -= len(more)
        yield piece
