"""How much memory processes had, and whether the kernel ended some because there was none left.

Floor: executors.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resource import struct_rusage

__all__ = ["KernelKills", "peak_bytes"]

_UNIT = 1 if sys.platform == "darwin" else 1024


def peak_bytes(usage: struct_rusage) -> int:
    """Return the most memory that a process has had, in bytes."""
    return usage.ru_maxrss * _UNIT


class KernelKills:
    """Tells whether the kernel has ended processes for lack of memory since it was last asked.

    Parameters
    ----------
    everywhere : bool
        On the whole machine; otherwise in the control group of this process alone.
    """

    def __init__(self, *, everywhere: bool) -> None:
        self._files = [*([Path("/proc/vmstat")] if everywhere else []), *_accounts()]
        self._counts = self._read()

    def any(self) -> bool:
        """Tell whether it has."""
        before, self._counts = self._counts, self._read()
        return any(now > then for now, then in zip(self._counts, before, strict=True))

    def _read(self) -> list[int]:
        return [_oom_kills(path) for path in self._files]


def _accounts() -> list[Path]:
    """Return the files that may tell it of this control group."""
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


def _oom_kills(path: Path) -> int:
    with suppress(OSError, ValueError):
        for line in path.read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0
