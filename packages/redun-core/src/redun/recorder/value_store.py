"""Large payloads, kept outside the database.

Floor: recorder. A payload lies in a file named after its value's hash, so that a value seen before is not written
again. Those of strangers, whose hashes cannot be relied on, lie apart in `foreign`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from redun.errors import UnreadableValueError
from redun.recorder.failures import translate
from redun.recorder.value_files import address_of, checked, digits_of, read_checked, sync_folder, write_all

if TYPE_CHECKING:
    from redun.value.payload import Payload
    from typing_extensions import Buffer

__all__ = ["FileValueStore", "FolderValueStore", "MemoryValueStore", "ValueStore"]

_PIECE = 1024 * 1024
_STALE_S = 24 * 3600
_FOLDER_AT_A_TIME = 4


class ValueStore(Protocol):
    """Holds payloads by the hash of their value.

    Attributes
    ----------
    at_a_time : int
        How many payloads are best put side by side, by threads.
    """

    at_a_time: int

    def put(self, value_hash: bytes, payload: bytes | Payload, *, replace: bool = False) -> str:
        """Keep a payload, safely there when this returns, and return its address.

        One that is there already is left as it is, unless it is to be replaced.

        Raises
        ------
        RecorderError
            It cannot be kept; nothing is left behind.
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


class FileValueStore(ValueStore, Protocol):
    """Holds payloads in files, each followed by its checksum, which can be handed on as they are.

    Attributes
    ----------
    shared : bool
        Whether other records may keep their payloads in it too, so that none is removed for this one's sake.
    """

    shared: bool

    def local(self, address: str) -> AbstractContextManager[Path]:
        """Lend a file of this machine that is, or is a copy of, the one at an address.

        Raises
        ------
        FileNotFoundError
            There is none.
        """

    def take(self, file: Path, address: str, *, keep: bool = False) -> None:
        """Put a finished file at an address, unless there is one: twice is as good as once.

        The file itself may stay or go, unless it is to be kept.
        """

    def size(self, address: str) -> int | None:
        """Return the bytes of a file, with its checksum; None if there is none."""

    def remove(self, address: str) -> None:
        """Remove a file; one that is missing is fine."""


class MemoryValueStore:
    """Keeps payloads as long as it lives."""

    at_a_time = 1

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
    """Keeps payloads as files of this machine.

    Parameters
    ----------
    folder : Path
        Made, with those above it, when the first payload is written.
    shared : bool
        Whether other records may use it too.
    """

    at_a_time = _FOLDER_AT_A_TIME

    def __init__(self, folder: Path, *, shared: bool = False) -> None:
        self.folder = folder
        self.shared = shared
        self._swept = False

    def __str__(self) -> str:
        return str(self.folder)

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
        return self.size(address) is not None

    def get(self, address: str) -> Buffer:
        """Read a file into one buffer and verify it; one that is damaged is removed, so that it can be written anew."""
        path = self.folder / str(address)
        try:
            checked(address)
            with open(path, "rb", 0) as file:
                data = read_checked(file, os.fstat(file.fileno()).st_size)
        except OSError as error:
            raise UnreadableValueError(
                f"the payload of the value {digits_of(address)} cannot be read from {path}: {error.strerror or error}"
            ) from error
        if data is None:
            with contextlib.suppress(OSError):
                path.unlink()
            raise UnreadableValueError(f"the payload of the value {digits_of(address)} is damaged: {path}")
        return data

    @contextlib.contextmanager
    def local(self, address: str) -> Iterator[Path]:
        """Lend the file itself."""
        path = self.folder / checked(address)
        if not path.exists():
            raise FileNotFoundError(path)
        yield path

    def take(self, file: Path, address: str, *, keep: bool = False) -> None:
        """Move a file to its address; one of another disk is copied, and one that is to be kept.

        Raises
        ------
        DatabaseFullError, DatabaseUnwritableError
            It could not be moved.
        """
        path = self.folder / checked(address)
        try:
            if path.exists():
                # A collection of garbage spares what is new.
                os.utime(path)
                return
            if keep:
                self._copy(file, path)
                return
            _make_private(path.parent)
            os.utime(file)
            try:
                os.replace(file, path)
                sync_folder(path.parent)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                self._copy(file, path)
        except OSError as error:
            raise translate(error, path) from error

    def size(self, address: str) -> int | None:
        """Return the bytes of a file."""
        try:
            return (self.folder / checked(address)).stat().st_size
        except OSError:
            return None

    def remove(self, address: str) -> None:
        """Delete a file."""
        with contextlib.suppress(FileNotFoundError):
            (self.folder / checked(address)).unlink()

    def _write(self, path: Path, chunks: Sequence[Buffer]) -> None:
        with self._replacing(path) as file:
            write_all(file, chunks)

    def _copy(self, source: Path, path: Path) -> None:
        with open(source, "rb", 0) as data, self._replacing(path) as file:
            shutil.copyfileobj(data, file, _PIECE)

    @contextlib.contextmanager
    def _replacing(self, path: Path) -> Iterator[IO[bytes]]:
        """Lend a file that appears at a path when all of it is on disk."""
        _make_private(path.parent)
        self._sweep()
        unfinished = self.folder / f"unfinished-{os.urandom(8).hex()}"
        try:
            # Only the owner may read: payloads are as private as the database.
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", 0) as file:
                yield file
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


def _make_private(folder: Path) -> None:
    """Make a folder, and those above it, for the owner alone: payloads are as private as the database."""
    if not folder.exists():
        # The permissions of a folder are given to none above it.
        for above in reversed((folder, *folder.parents)):
            if not above.exists():
                above.mkdir(mode=0o700, exist_ok=True)
