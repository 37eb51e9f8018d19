"""Large arguments and results: they go by the scratch folder where there is one, and not through Spark's driver.

There, each scheduler's process has a folder of its own for them. A local one goes with the next process if the one
before was killed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from redun.errors import ExecutorError, RedunError
from redun.executors.remote.frame import read_frame, write_frame
from redun.filesystems.owners import owned_name, remove_orphans
from redun.filesystems.registry import get_filesystem

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["INLINE", "MOST_BYTES", "Parcels", "fetched", "left", "own_folder", "remove", "remove_folder"]

MOST_BYTES = 16 << 20
"""Bytes of arguments of a partition, if it is more than one call."""

INLINE = 1 << 20
"""Bytes from which arguments or a result are left in the scratch folder, if there is one."""

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

    def arguments(self, buffers: Sequence[Buffer], task: str) -> tuple[Sequence[Buffer] | str, int]:
        """Return arguments, or where they lie now, and how many bytes go through Spark.

        Raises
        ------
        ExecutorError
            They are too large.
        """
        size = sum([memoryview(buffer).nbytes for buffer in buffers])
        if size <= INLINE:
            return buffers, size
        if self.folder is not None:
            return left(buffers, self.folder), 0
        if size > _LIMIT:
            raise ExecutorError(
                f"The arguments of task {task} are {size >> 20} MiB large, more than Spark sends to a worker. Set "
                "`scratch` in the executor's section to a folder that its workers share, or give the task a File."
            )
        return buffers, size


def own_folder(scratch: str) -> str:
    """Return a folder of this process in a scratch folder; those of processes known to have ended are removed."""
    filesystem = get_filesystem(scratch)
    above = filesystem.join(scratch, "spark")
    if filesystem.scheme == "file":
        remove_orphans(above, "")
    return filesystem.join(above, owned_name(""))


def left(buffers: Sequence[Buffer], folder: str) -> str:
    """Leave buffers in a folder, and return the URL."""
    filesystem = get_filesystem(folder)
    url = filesystem.join(folder, os.urandom(16).hex())
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
