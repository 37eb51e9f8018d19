"""Ending the processes that tasks started, when a run is stopped without waiting for them.

Floor: command line.
"""

from __future__ import annotations

import os

from redun.executors.descendants import GRACE_S, descendants, end_processes

__all__ = ["end_descendants"]


def end_descendants(grace: float = GRACE_S, *, spared: int | None = None) -> None:
    """Send SIGTERM to all descendants of this process, and SIGKILL to those that live on.

    Tasks that still run in this process may start others meanwhile; these are found too.

    Parameters
    ----------
    grace : float
        Seconds between the two.
    spared : int, optional
        The pid of a child to leave alone, with all below it.
    """
    end_processes(lambda: descendants([os.getpid()], spared=spared), grace)
