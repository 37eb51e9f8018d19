"""Large payloads in a file system of a plugin: in a bucket of S3, for instance.

Floor: recorder. The files are those of a folder, with the same names and the same checksums. Object stores show no
half-written file.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from redun.errors import DatabaseUnwritableError, UnreadableValueError
from redun.recorder.value_files import address_of, checked, digits_of, read_checked, write_all

if TYPE_CHECKING:
    from redun.filesystems.base import FileSystem
    from redun.value.payload import Payload
    from typing_extensions import Buffer

__all__ = ["RemoteValueStore", "ValueStoreError"]

_PIECE = 1024 * 1024
_PASSING = frozenset(
    {
        errno.EAGAIN,
        errno.ECONNREFUSED,
        errno.ECONNRESET,
        errno.EHOSTUNREACH,
        errno.EIO,
        errno.ENETUNREACH,
        errno.EPIPE,
        errno.ETIMEDOUT,
    }
)


class ValueStoreError(DatabaseUnwritableError):
    """A value store elsewhere cannot be used.

    Attributes
    ----------
    passing : bool
        Whether it may be over in a while: a network that is down rather than a permission that is missing.
    """

    passing = False


class RemoteValueStore:
    """Keeps payloads as files of a file system.

    Parameters
    ----------
    filesystem : FileSystem
        May be used by several threads at a time.
    root : str
        URL of the directory.
    """

    shared = True

    def __init__(self, filesystem: FileSystem, root: str) -> None:
        self._filesystem = filesystem
        self._root = root.rstrip("/")
        self._damaged: set[str] = set()
        self.at_a_time = filesystem.at_a_time

    def __str__(self) -> str:
        return self._root

    def put(self, value_hash: bytes, payload: bytes | Payload, *, replace: bool = False) -> str:
        """Write a file, unless there is one that is to stay, and return its path within the directory.

        Raises
        ------
        ValueStoreError
            It could not be written; nothing is left behind.
        """
        address = address_of(value_hash)
        if replace or address in self._damaged or not self.holds(address):
            chunks = [payload] if isinstance(payload, bytes) else payload.chunks()
            with self._asking("write"), self._filesystem.open(self._url(address), "wb") as file:
                write_all(file, chunks)
            self._damaged.discard(address)
        return address

    def holds(self, address: str) -> bool:
        """Tell whether there is a file.

        Raises
        ------
        ValueStoreError
            It cannot be asked.
        """
        try:
            url = self._url(address)
        except FileNotFoundError:
            return False
        with self._asking("look into"):
            return self._filesystem.isfile(url)

    def get(self, address: str) -> Buffer:
        """Read a file into one buffer and verify it; one that is damaged is written anew by the next `put`.

        Raises
        ------
        UnreadableValueError
            It is gone or damaged.
        ValueStoreError
            It cannot be asked for.
        """
        url = f"{self._root}/{address}"
        try:
            checked(address)
            with self._asking("read"), self._filesystem.open(url, "rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(0)
                data = read_checked(file, size)
        except FileNotFoundError as error:
            raise UnreadableValueError(
                f"the payload of the value {digits_of(address)} is not at {url} any more"
            ) from error
        if data is None:
            # Not removed: others may keep it, and a new one takes its place.
            self._damaged.add(address)
            raise UnreadableValueError(f"the payload of the value {digits_of(address)} is damaged: {url}")
        return data

    @contextlib.contextmanager
    def local(self, address: str) -> Iterator[Path]:
        """Lend a copy, which is gone afterwards.

        Raises
        ------
        FileNotFoundError
            There is no such file.
        ValueStoreError
            It cannot be asked for.
        """
        with tempfile.NamedTemporaryFile(prefix="redun-value-") as copy:
            with self._asking("read"), self._filesystem.open(self._url(address), "rb") as file:
                shutil.copyfileobj(file, copy, _PIECE)
            copy.flush()
            yield Path(copy.name)

    def take(self, file: Path, address: str, *, keep: bool = False) -> None:
        """Send a file to its address, unless there is one; it stays where it was.

        Raises
        ------
        ValueStoreError
            It could not be written.
        """
        if self.holds(address):
            return
        with (
            open(file, "rb") as source,
            self._asking("write"),
            self._filesystem.open(self._url(address), "wb") as target,
        ):
            shutil.copyfileobj(source, target, _PIECE)

    def size(self, address: str) -> int | None:
        """Return the bytes of a file.

        Raises
        ------
        ValueStoreError
            It cannot be asked.
        """
        try:
            with self._asking("look into"):
                return self._filesystem.filesize(self._url(address))
        except FileNotFoundError:
            return None

    def remove(self, address: str) -> None:
        """Delete a file.

        Raises
        ------
        ValueStoreError
            It may not be deleted.
        """
        with contextlib.suppress(FileNotFoundError), self._asking("remove from"):
            self._filesystem.remove(self._url(address))

    def _url(self, address: str) -> str:
        return f"{self._root}/{checked(address)}"

    @contextlib.contextmanager
    def _asking(self, doing: str) -> Iterator[None]:
        """Say of a file system's errors that they are the value store's; a file that is missing is none of them."""
        try:
            yield
        except FileNotFoundError as error:
            if doing == "write":
                raise _failure(doing, self._root, error) from error
            raise
        except OSError as error:
            raise _failure(doing, self._root, error) from error


def _failure(doing: str, root: str, error: OSError) -> ValueStoreError:
    failure = ValueStoreError(
        f"cannot {doing} the value store {root}: {error.strerror or error}. It is named by value_store_path in section "
        "[backend]"
    )
    failure.passing = error.errno in _PASSING
    return failure
