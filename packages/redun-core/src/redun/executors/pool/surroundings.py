"""What a body may expect to find as it is in the scheduler's process: folder, environment, import path.

Floor: executors.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["MARK", "Surroundings"]

MARK = "REDUN_WORKER"
"""Names, in the environment of each process that a worker starts, the worker."""


class Surroundings(NamedTuple):
    """The surroundings of a process.

    Attributes
    ----------
    folder : str
        The current one; empty if it is gone.
    environ : mapping of str to str
    path, argv : tuple of str
        Of the module `sys`.
    secrets : tuple
        What is not to be shown.
    """

    folder: str
    environ: Mapping[str, str]
    path: tuple[str, ...]
    argv: tuple[str, ...]
    secrets: tuple[str | bytes | float, ...] = ()

    @classmethod
    def here(cls, secrets: tuple[str | bytes | float, ...] = ()) -> Surroundings:
        """Return those of this process."""
        return cls(current_folder(), dict(os.environ), tuple(map(str, sys.path)), tuple(sys.argv), secrets)

    def take_on(self) -> None:
        """Make them those of this process, as far as the folder still exists."""
        self.return_to_folder()
        mark = os.environ.get(MARK)
        for name in os.environ.keys() - self.environ.keys():
            del os.environ[name]
        for name, value in self.environ.items():
            if os.environ.get(name) != value:
                os.environ[name] = value
        if mark is not None:
            os.environ[MARK] = mark
        # In place, for whoever holds these lists.
        sys.path[:] = self.path
        sys.argv[:] = self.argv

    def return_to_folder(self) -> None:
        """Undo what a body has done to the current folder."""
        if current_folder() != self.folder and os.path.isdir(self.folder):
            os.chdir(self.folder)


def current_folder() -> str:
    """Return the current folder; empty if it is gone."""
    try:
        return os.getcwd()
    except OSError:
        return ""
