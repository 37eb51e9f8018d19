"""A folder among the temporary files that nobody else can have put anything into.

Floor: executors.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from tempfile import gettempdir, mkdtemp

__all__ = ["private_folder"]


def private_folder(name: str) -> str:
    """Return this user's folder of a name, the same one each time unless somebody else has taken its place.

    Parameters
    ----------
    name : str
        Such as ``redun-code``.

    Examples
    --------
    >>> private_folder("redun-code") == private_folder("redun-code")
    True
    """
    folder = os.path.join(gettempdir(), f"{name}-{os.getuid()}")
    with suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    status = os.lstat(folder)
    if stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022:
        return folder
    return mkdtemp(prefix=f"{name}-")
