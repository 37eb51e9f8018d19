"""The files that scripts are run from. Their names end with the number of the process that is to remove them.

Floor: executors. A process that was ended removes nothing: whoever ended it does that in its place.
"""

from __future__ import annotations

import os
from contextlib import suppress
from tempfile import gettempdir, mkstemp

__all__ = ["remove_files_of", "script_files", "write_script"]

_PREFIX = "redun-"


def script_files() -> str:
    """Return what the paths of all of them begin with; at the end of each is `-PID.script`."""
    return os.path.join(gettempdir(), _PREFIX)


def write_script(content: bytes, name: str) -> str:
    """Write a script to a file of this process, which its owner may execute, and return the path."""
    descriptor, path = mkstemp(prefix=f"{_PREFIX}{name}-", suffix=_suffix(os.getpid()))
    with open(descriptor, "wb") as file:
        file.write(content)
        os.fchmod(descriptor, 0o700)
    return path


def remove_files_of(pid: int) -> None:
    """Remove the files of scripts that a process has left."""
    with suppress(OSError), os.scandir(gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and entry.name.endswith(_suffix(pid)):
                with suppress(OSError):
                    os.unlink(entry.path)


def _suffix(pid: int) -> str:
    return f"-{pid}.script"
