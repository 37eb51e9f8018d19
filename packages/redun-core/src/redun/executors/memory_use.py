"""How much memory processes had, and whether the kernel ended some because there was none left.

Floor: executors.
"""

from __future__ import annotations

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["KernelKills", "Peaks", "peak_bytes"]

_UNIT = 1 if sys.platform == "darwin" else 1024


def peak_bytes(usage: resource.struct_rusage) -> int:
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


class Peaks:
    """The most memory that calls in this process have, told where a task has more than ever before.

    What is worth keeping is the most that a task needs: few calls raise it, and only those are told.
    """

    def __init__(self) -> None:
        self._known: dict[str, float] = {}
        self._mark = 0
        self._below = 0

    def begin(self, task: str) -> None:
        """Let the kernel forget what this process had before a call, where that would hide what the call has."""
        if self._mark <= self._known.get(task, 0):
            return
        with suppress(OSError):
            file = os.open("/proc/self/clear_refs", os.O_WRONLY)
            try:
                os.write(file, b"5")
            finally:
                os.close(file)

    def end(self, task: str) -> int | None:
        """Return the bytes that a call of a task had at most, if that is a tenth more than its earlier calls had."""
        peak = self._mark = peak_bytes(resource.getrusage(resource.RUSAGE_SELF))
        below = peak_bytes(resource.getrusage(resource.RUSAGE_CHILDREN))
        if below > self._below:
            self._below, peak = below, max(peak, below)
        if peak <= self._known.get(task, 0):
            return None
        self._known[task] = 1.1 * peak
        return peak
