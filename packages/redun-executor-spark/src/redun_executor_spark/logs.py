"""Files for what the JVMs of this process write."""

from __future__ import annotations

import os
from contextlib import suppress
from tempfile import mkstemp

from redun.executors.packaging.private import private_folder

__all__ = ["new_log", "tail"]

_KEPT = 20


def new_log(folder: str | None) -> str:
    """Make a file for what a JVM writes, and remove the oldest ones; return its path.

    Parameters
    ----------
    folder : str or None
        None for one of temporary files.
    """
    folder = folder or private_folder("redun-spark-logs")
    os.makedirs(folder, exist_ok=True)
    # Another process may do the same at the same time.
    with suppress(OSError):
        logs = [entry for entry in os.scandir(folder) if entry.name.endswith(".log")]
        for entry in sorted(logs, key=_changed)[: 1 - _KEPT]:
            os.unlink(entry.path)
    handle, path = mkstemp(".log", f"{os.getpid()}-", folder)
    os.close(handle)
    return path


def tail(path: str, *, lines: int = 20) -> str:
    """Return the last lines of a file; "" if it cannot be read."""
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 200 * lines))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
    except OSError:
        return ""


def _changed(entry: os.DirEntry[str]) -> float:
    return entry.stat().st_mtime
