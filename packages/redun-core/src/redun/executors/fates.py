"""System calls that tie the life of one process to that of another.

Floor: executors. Only Linux has them; elsewhere one looks by oneself, now and then, whether the other is still there.
"""

from __future__ import annotations

import os
import signal
import sys
from functools import cache
from typing import Any

__all__ = ["adopt_orphans", "die_with_parent"]

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(parent: int, signum: signal.Signals) -> None:
    """Have this process sent a signal when the thread that made it ends; and leave if that has happened already."""
    _prctl(_PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent:
        os._exit(0)


def adopt_orphans() -> None:
    """Become the parent of all below this process whose own parents have ended."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, argument: int) -> None:
    library = _library()
    if library is not None:
        library.prctl(option, argument, 0, 0, 0)


@cache
def _library() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    return library if hasattr(library, "prctl") else None
