"""Large payloads, piece by piece: out of one value store, and into another.

Floor: transfer. The path of a payload follows from its value's hash; what a database says of it is not asked. Those of
strangers lie apart, in `foreign`: there no value of ours, which might have the same hash, will take them for its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from redun.recorder.failures import translate
from redun.recorder.value_store import CHECKSUM_SIZE, address_of, is_undamaged, sync_folder, write_all
from redun.transfer.lines import PIECE

__all__ = ["FOREIGN", "foreign_address", "is_whole", "payload_path", "pieces_of", "place", "write_payload"]

FOREIGN = "foreign"
"""Folder within a value store."""


def foreign_address(value_hash: bytes) -> str:
    """Return the address of a stranger's payload."""
    return f"{FOREIGN}/{address_of(value_hash)}"


def payload_path(store: Path, value_hash: bytes, *, foreign: bool) -> Path:
    """Return the file of a payload in a value store."""
    return store / (foreign_address(value_hash) if foreign else address_of(value_hash))


def write_payload(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a payload and its checksum, safely on disk when this returns."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb", 0) as file:
        write_all(file, pieces)
        os.fsync(file.fileno())


def is_whole(path: Path, size: int) -> bool:
    """Tell whether a payload is there, has so many bytes, and is not damaged."""
    try:
        return path.stat().st_size == size + CHECKSUM_SIZE and is_undamaged(path)
    except OSError:
        return False


def pieces_of(path: Path, size: int) -> Iterator[bytes]:
    """Yield the bytes of a payload, without its checksum.

    Raises
    ------
    RecorderError
        It went away, or cannot be read.
    """
    try:
        with open(path, "rb", 0) as file:
            yield from _read(file.fileno(), size)
    except OSError as error:
        raise translate(error, path) from error


def place(unfinished: Path, final: Path) -> None:
    """Move a payload to where it belongs, unless there is one: twice is as good as once."""
    try:
        if unfinished.exists():
            if final.exists():
                # A collection of garbage spares what is new.
                os.utime(final)
                return
            # The permissions of a folder are given to none above it.
            for folder in reversed(final.parents):
                if not folder.exists():
                    folder.mkdir(mode=0o700, exist_ok=True)
            os.utime(unfinished)
            os.replace(unfinished, final)
            sync_folder(final.parent)
    except OSError as error:
        raise translate(error, final) from error


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
