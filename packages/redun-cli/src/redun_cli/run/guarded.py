"""Marking all that a run starts, so that it does not outlive a killed run.

Floor: command line.
"""

from __future__ import annotations

import os

from redun.executors.guardian import VARIABLE, Guardian

__all__ = ["Guarded"]


class Guarded:
    """A context in which processes that tasks start do not survive a killed run.

    Attributes
    ----------
    pid : int or None
        The process that sees to it.
    """

    def __init__(self) -> None:
        self._guardian: Guardian | None = None
        self._outer = os.environ.get(VARIABLE)

    @property
    def pid(self) -> int | None:
        return None if self._guardian is None else self._guardian.pid

    def __enter__(self) -> Guarded:
        self._guardian = Guardian()
        os.environ.update(self._guardian.mark)
        return self

    def __exit__(self, *_error: object) -> None:
        if self._outer is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = self._outer
        if self._guardian is not None:
            self._guardian.dismiss()
