"""Removing files by how long ago they were written.

Floor: values.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from redun.errors import FileSystemError
from redun.filesystems.base import FileSystem
from redun.filesystems.parallel import each

__all__ = ["purge"]


def purge(filesystem: FileSystem, paths: Sequence[str], older_than_s: float) -> list[str]:
    """Remove those of the files that were written longer ago, and return their paths.

    Raises
    ------
    FileSystemError
        The file system does not tell when a file was written, which it is asked for unless all are to go.
    """
    until = time.time() - older_than_s

    def removed(path: str) -> bool:
        if older_than_s > 0:
            written = filesystem.modified(path)
            if written is None:
                raise FileSystemError(
                    f"{filesystem.scheme}:// does not tell when {path!r} was written, so nothing can be removed by its "
                    "age; remove_older_than=0 removes all."
                )
            if written > until:
                return False
        filesystem.remove(path)
        return True

    gone = each(removed, paths, filesystem.at_a_time)
    return [path for path, was in zip(paths, gone, strict=True) if was]
