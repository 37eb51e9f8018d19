"""Names that tell which process made something, so that others can remove what a killed one left.

Floor: values. Numbers of processes mean something on one machine, until it starts again, and in one container: what was
made anywhere else counts as somebody's.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from functools import cache

from redun.hashing.digest import digest, to_hex

__all__ = ["is_orphaned", "owned_name", "remove_orphans"]


def owned_name(prefix: str) -> str:
    """Return a name that nobody else has, of something that this process makes.

    Examples
    --------
    >>> name = owned_name("writing-")
    >>> name.startswith("writing-"), is_orphaned(name, "writing-")
    (True, False)
    """
    return f"{prefix}{_place()}-{os.getpid()}-{os.urandom(8).hex()}"


def is_orphaned(name: str, prefix: str) -> bool:
    """Tell whether the process that made something of this name is known to have ended."""
    owner = re.fullmatch(rf"{re.escape(prefix)}{_place()}-(\d+)-.+", name)
    return owner is not None and not _lives(int(owner[1]))


def remove_orphans(folder: str, prefix: str) -> None:
    """Remove what processes that have ended left in a local folder, as far as that is possible."""
    import shutil

    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if is_orphaned(entry.name, prefix) and entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)


@cache
def _place() -> str:
    """Return what is different wherever numbers of processes mean others."""
    known = [os.uname().nodename]
    with suppress(OSError), open("/proc/sys/kernel/random/boot_id") as boot:
        known.append(boot.read())
    with suppress(OSError):
        known.append(os.readlink("/proc/self/ns/pid"))
    return to_hex(digest(b"place", *[part.encode() for part in known]))[:12]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        # It is somebody else's.
        return True
    return True
