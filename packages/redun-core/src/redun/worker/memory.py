"""How much memory a process used, and whether the system ended one for using too much.

Floor: composition.
"""

from __future__ import annotations

import re
import resource
import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["Peak", "kills_for_memory"]

_UNIT = 1 if sys.platform == "darwin" else 1024


class Peak:
    """The most memory that this process, or one that it started and that has ended, holds from now on."""

    def __init__(self) -> None:
        self._resets = False
        with suppress(OSError):
            # Resets what the kernel remembers; not every container may.
            Path("/proc/self/clear_refs").write_text("5")
            self._resets = True
        self._below = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss

    def bytes(self) -> int:
        """Return the number of bytes."""
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if self._resets:
            with suppress(OSError, AttributeError):
                status = Path("/proc/self/status").read_text()
                own = int(re.search(r"VmHWM:\s*(\d+) kB", status)[1])  # type: ignore[index]
        below = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        return max(own, below if below > self._below else 0) * _UNIT


def kills_for_memory() -> int:
    """Return how many processes of this control group the system has ended because their memory ran out."""
    for path in _accounts():
        with suppress(OSError):
            found = re.search(r"^oom_kill (\d+)$", path.read_text(), re.MULTILINE)
            if found:
                return int(found[1])
    return 0


def _accounts() -> list[Path]:
    groups = Path("/sys/fs/cgroup")
    found = []
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:
                found.append(groups / path.lstrip("/") / "memory.events")
            elif "memory" in controllers.split(","):
                found.append(groups / "memory" / path.lstrip("/") / "memory.oom_control")
    # In a container the path may be that of the machine around.
    return [*found, groups / "memory.events", groups / "memory" / "memory.oom_control"]
