"""Folders of this machine for what is sent to Spark; those of processes that were killed go with the next one made."""

from __future__ import annotations

import os
import re
import shutil
import socket
from tempfile import TemporaryDirectory

from redun.executors.packaging.private import private_folder

__all__ = ["temporary_folder"]


def temporary_folder() -> TemporaryDirectory[str]:
    """Make a folder for this process that nobody else can write to, to be cleaned up by whoever asked for it."""
    above = private_folder("redun-spark")
    # Of containers that share the folder each has its own name, and numbers of processes of its own.
    here = re.sub(r"[^\w.]", "_", socket.gethostname())
    ours = re.compile(rf"{re.escape(here)}-(\d+)-")
    for entry in os.scandir(above):
        of = ours.match(entry.name)
        if of is not None and entry.is_dir(follow_symlinks=False) and not _lives(int(of[1])):
            shutil.rmtree(entry.path, ignore_errors=True)
    return TemporaryDirectory(prefix=f"{here}-{os.getpid()}-", dir=above, ignore_cleanup_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        # It is somebody else's.
        return True
    return True
