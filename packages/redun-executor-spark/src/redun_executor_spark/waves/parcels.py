"""Large arguments and results: they go by the scratch folder where there is one, and not through Spark's driver.

There, each scheduler's process has a folder of its own for them. A local one goes with the next process if the one
before was killed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from redun.errors import ExecutorError, RedunError
from redun.executors.remote.frame import read_frame, write_frame
from redun.filesystems.owners import owned_name, remove_orphans
from redun.filesystems.registry import get_filesystem
from redun.hashing.digest import digest, to_hex

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "INLINE",
    "MOST_BYTES",
    "Larder",
    "Parcels",
    "fetched",
    "left",
    "own_folder",
    "remove",
    "remove_folder",
]

MOST_BYTES = 16 << 20
"""Bytes of arguments of a partition, if it is more than one call."""

INLINE = 1 << 20
"""Bytes from which arguments or a result are left in the scratch folder, if there is one."""

_LARGE = 64 << 10
"""Bytes from which a part of large arguments is left there by itself."""

_LARDER = 64 << 20
"""Bytes that a partition keeps for calls to come."""

_LIMIT = 96 << 20
"""Spark sends no task that is larger than 128 MiB (`spark.rpc.message.maxSize`)."""


class Parcels:
    """Takes arguments that are too large to be sent as they are.

    Parameters
    ----------
    folder : str or None
        A folder that workers share with this process, for its calls alone.
    """

    def __init__(self, folder: str | None) -> None:
        self.folder = folder
        self._users: dict[str, int] = {}

    def arguments(self, buffers: Sequence[Buffer], task: str) -> tuple[Sequence[bytes | str], Sequence[str]]:
        """Return the parts of arguments, or where they lie now, and the URLs among these, to be released once.

        What several calls are given lies there once.

        Raises
        ------
        ExecutorError
            They are too large.
        """
        size = sum([memoryview(buffer).nbytes for buffer in buffers])
        if size > INLINE and self.folder is not None:
            return self._parts(buffers, self.folder)
        if size > _LIMIT:
            raise ExecutorError(
                f"The arguments of task {task} are {size >> 20} MiB large, more than Spark sends to a worker. Set "
                "`scratch` in the executor's section to a folder that its workers share, or give the task a File."
            )
        return [bytes(buffer) for buffer in buffers], ()

    def release(self, urls: Iterable[str]) -> None:
        """Remove what no other call is given."""
        for url in urls:
            self._users[url] -= 1
            if not self._users[url]:
                del self._users[url]
                remove(url)

    def _parts(self, buffers: Sequence[Buffer], folder: str) -> tuple[Sequence[bytes | str], Sequence[str]]:
        parts: list[bytes | str] = []
        urls: list[str] = []
        try:
            for view in [memoryview(buffer).cast("B") for buffer in buffers]:
                if view.nbytes < _LARGE:
                    parts.append(bytes(view))
                    continue
                name = to_hex(digest(b"spark parcel", view))
                url = get_filesystem(folder).join(folder, name)
                if url not in self._users:
                    left([view], folder, name)
                self._users[url] = self._users.get(url, 0) + 1
                parts.append(url)
                urls.append(url)
        except BaseException:
            self.release(urls)
            raise
        return parts, urls


class Larder:
    """What a partition has fetched, and needs again for its next calls."""

    def __init__(self) -> None:
        self._kept: dict[str, bytearray] = {}

    def arguments(self, parts: Sequence[bytes | str]) -> list[Buffer]:
        """Return the buffers of arguments; the larder keeps those of this call, and others as far as there is room.

        Raises
        ------
        RedunError, OSError
            One is not there, or damaged.
        """
        kept, self._kept = self._kept, {}
        found: list[Buffer] = []
        for part in parts:
            if isinstance(part, str):
                one = kept.pop(part, None) or self._kept.get(part) or fetched(part, "The arguments")[0]
                self._kept[part] = one
                found.append(one)
            else:
                found.append(part)
        room = _LARDER - sum(map(len, self._kept.values()))
        for url, one in kept.items():
            room -= len(one)
            if room >= 0:
                self._kept[url] = one
        return found


def own_folder(scratch: str) -> str:
    """Return a folder of this process in a scratch folder; those of processes known to have ended are removed."""
    filesystem = get_filesystem(scratch)
    above = filesystem.join(scratch, "spark")
    if filesystem.scheme == "file":
        remove_orphans(above, "")
    return filesystem.join(above, owned_name(""))


def left(buffers: Sequence[Buffer], folder: str, name: str = "") -> str:
    """Leave buffers in a folder, under a name or one of their own, and return the URL."""
    filesystem = get_filesystem(folder)
    url = filesystem.join(folder, name or os.urandom(16).hex())
    with filesystem.open(url, "wb") as stream:
        write_frame(stream, buffers)
    return url


def fetched(url: str, what: str) -> list[bytearray]:
    """Return the buffers that were left at a URL; `what` they are, messages say."""
    with get_filesystem(url).open(url, "rb") as stream:
        return read_frame(stream, f"{what} at {url}")


def remove(url: str) -> None:
    """Remove what was left at a URL."""
    # What cannot be removed is in nobody's way.
    with suppress(RedunError, OSError):
        get_filesystem(url).remove(url)


def remove_folder(folder: str) -> None:
    """Remove a folder in which nothing lies any more."""
    filesystem = get_filesystem(folder)
    if filesystem.scheme == "file":
        with suppress(RedunError, OSError):
            filesystem.rmdir(folder)
