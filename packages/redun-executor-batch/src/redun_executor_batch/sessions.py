"""Which schedulers have jobs that they have not collected: one small object of the scratch for each.

It is written before a scheduler submits its first job and removed when it has collected all. One that is left tells the
next scheduler that results may lie there which nobody has seen.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from secrets import token_hex
from time import time
from typing import TYPE_CHECKING

from redun.errors import FileSystemError
from redun.file import get_filesystem

if TYPE_CHECKING:
    from redun.filesystems.base import FileSystem

__all__ = ["FOLDER", "VARIABLE", "Session"]

FOLDER = "sessions"
VARIABLE = "REDUN_SESSION"
"""By which a job tells to what session it belongs."""


class Session:
    """One scheduler's time with jobs on Batch.

    Parameters
    ----------
    scratch : str
        URL of the scratch folder.

    Attributes
    ----------
    id : str
    """

    def __init__(self, scratch: str) -> None:
        self._folder = f"{scratch.rstrip('/')}/{FOLDER}"
        self.id = token_hex(8)
        self._filesystem: FileSystem = get_filesystem(url=scratch)
        self._open = False

    def open(self) -> dict[str, float]:
        """Begin; return the other sessions that have not ended, with the time that each began.

        Raises
        ------
        FileSystemError
            The scratch cannot be read or written.
        """
        others: dict[str, float] = {}
        for name in self._filesystem.listing(self._folder).files:
            # One that ends meanwhile has collected everything; one that is ill-formed is not ours.
            with suppress(FileSystemError, ValueError, KeyError, TypeError):
                others[name.removesuffix(".json")] = self._began(name)
        entry = {"began": time(), "host": socket.gethostname(), "pid": os.getpid()}
        with self._filesystem.open(self._path, "w") as stream:
            json.dump(entry, stream)
        self._open = True
        return others

    def close(self) -> None:
        """End, all being collected."""
        if self._open:
            self._open = False
            # What is left behind costs the next scheduler a look, nothing more.
            with suppress(FileSystemError):
                self._filesystem.remove(self._path)

    def _began(self, name: str) -> float:
        with self._filesystem.open(f"{self._folder}/{name}", "r") as stream:
            return float(json.load(stream)["began"])

    @property
    def _path(self) -> str:
        return f"{self._folder}/{self.id}.json"
