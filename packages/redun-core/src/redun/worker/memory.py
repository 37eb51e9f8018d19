"""How much memory a call used.

Floor: composition.
"""

from __future__ import annotations

import re
import resource
from contextlib import suppress
from pathlib import Path

from redun.executors.memory_use import peak_bytes

__all__ = ["Peak"]


class Peak:
    """The most memory that this process, or one that it started and that has ended, holds from now on."""

    def __init__(self) -> None:
        self._resets = False
        with suppress(OSError):
            # Resets what the kernel remembers; not every container may.
            Path("/proc/self/clear_refs").write_text("5")
            self._resets = True
        self._below = _of_children()

    def bytes(self) -> int:
        """Return the number of bytes."""
        own = peak_bytes(resource.getrusage(resource.RUSAGE_SELF))
        if self._resets:
            with suppress(OSError, AttributeError):
                status = Path("/proc/self/status").read_text()
                own = int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) * 1024  # type: ignore[index]
        below = _of_children()
        return max(own, below if below > self._below else 0)


def _of_children() -> int:
    return peak_bytes(resource.getrusage(resource.RUSAGE_CHILDREN))
