"""Asking the partitions of a job to end by themselves, and hand in what they have.

Of a task that is cancelled Spark takes nothing, whatever its calls have returned by then. So partitions look for a file
in the folder that they share with the scheduler; it is there once the job is to end.
"""

from __future__ import annotations

import os
from contextlib import suppress
from threading import Lock
from time import monotonic

__all__ = ["GRACE_S", "LOOK_S", "Halt", "Lookout"]

LOOK_S = 0.2
"""Seconds between two looks of a partition."""

GRACE_S = 3.0
"""Seconds that partitions have before Spark ends them."""


class Halt:
    """The request of one job.

    Parameters
    ----------
    folder : str or None
        A folder that workers share with this process; at a URL nothing is looked for, for each look would be a request.

    Attributes
    ----------
    path : str or None
        Of the file; None if partitions cannot be asked.

    Examples
    --------
    >>> Halt("s3://bucket/redun").path is None
    True
    """

    def __init__(self, folder: str | None) -> None:
        shared = folder is not None and "://" not in folder
        self.path = f"{folder}/{os.urandom(16).hex()}.halt" if shared else None
        self._lock = Lock()
        self._over = False

    def ask(self) -> bool:
        """Ask the partitions to end; True if they can learn of it."""
        if self.path is None:
            return False
        with self._lock:
            try:
                if not self._over:
                    os.makedirs(os.path.dirname(self.path), exist_ok=True)
                    open(self.path, "wb").close()
            except OSError:
                return False
        return True

    def withdraw(self) -> None:
        """The job has ended: leave nothing behind."""
        with self._lock:
            self._over = True
            if self.path is not None:
                with suppress(OSError):
                    os.unlink(self.path)


class Lookout:
    """Whether a partition is asked to end.

    Parameters
    ----------
    path : str or None
        Of the file.
    """

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._looked_s = -LOOK_S
        self._found = False

    def asked(self) -> bool:
        """Tell whether the file is there, or was a moment ago."""
        if self._path is not None and not self._found and (now := monotonic()) >= self._looked_s + LOOK_S:
            self._looked_s = now
            self._found = os.path.exists(self._path)
        return self._found

    def patience_s(self, wait_s: float) -> float:
        """Return how long to wait at most before the next look."""
        return wait_s if self._path is None else min(wait_s, LOOK_S)
