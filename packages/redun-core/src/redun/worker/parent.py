"""The process whose end is the worker's end.

Floor: composition.
"""

from __future__ import annotations

import os
import select

__all__ = ["Parent"]


class Parent:
    """Tells whether a process has ended.

    Parameters
    ----------
    pid : int

    Attributes
    ----------
    descriptors : list of int
        What becomes readable then; nothing where there is no such thing, and one has to ask now and then.

    Examples
    --------
    >>> Parent(os.getpid()).ended()
    False
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._gone = False
        self.descriptors: list[int] = []
        try:
            if hasattr(os, "pidfd_open"):
                self.descriptors = [os.pidfd_open(pid)]
        except ProcessLookupError:
            self._gone = True
        except OSError:
            # An old kernel.
            return

    def ended(self) -> bool:
        """Tell whether it has."""
        if self._gone or self.descriptors:
            return self._gone or bool(select.select(self.descriptors, [], [], 0)[0])
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False
