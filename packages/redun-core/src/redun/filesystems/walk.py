"""Listing a local directory tree, however its links are laid.

Floor: values. Links to directories are followed, each directory once; a link that leads back or nowhere is listed
as a link. So loops end and the time taken is that of the files there are.
"""

from __future__ import annotations

import os

from redun.filesystems.atomic import LEFTOVER
from redun.filesystems.base import Listing

__all__ = ["list_directory"]


def list_directory(path: str) -> Listing:
    """Return the files and unfollowed links below a directory, hidden ones included."""
    files: list[str] = []
    links: list[tuple[str, str]] = []
    linked: list[str] = []
    seen: set[tuple[int, int]] = set()
    pending = [""]
    # Real directories first, so that what is listed does not depend on where the links are.
    while pending or linked:
        relative = pending.pop() if pending else linked.pop()
        full = os.path.join(path, relative) if relative else path
        try:
            status = os.stat(full)
            entries = sorted(os.scandir(full), key=lambda entry: entry.name, reverse=True)
        except (FileNotFoundError, NotADirectoryError):
            continue
        identity = (status.st_dev, status.st_ino)
        if identity in seen:
            links.append((relative, os.readlink(full)))
            continue
        seen.add(identity)
        for entry in entries:
            name = f"{relative}/{entry.name}" if relative else entry.name
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith(LEFTOVER):
                    pending.append(name)
            elif not entry.is_symlink():
                files.append(name)
            elif os.path.isdir(entry.path):
                linked.append(name)
            elif os.path.exists(entry.path):
                files.append(name)
            else:
                links.append((name, os.readlink(entry.path)))
    return Listing(sorted(files), sorted(links))
