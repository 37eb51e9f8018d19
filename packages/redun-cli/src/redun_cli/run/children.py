"""Ending the processes that tasks started, when a run is stopped without waiting for them.

Floor: command line.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

__all__ = ["end_descendants"]


_KILLING_S = 1.0


def end_descendants(grace: float = 2.0, *, spared: int | None = None) -> None:
    """Send SIGTERM to all descendants of this process, and SIGKILL to those that live on.

    Tasks that still run in this process may start others meanwhile; these are found too.

    Parameters
    ----------
    grace : float
        Seconds between the two.
    spared : int, optional
        The pid of a child to leave alone, with all below it.
    """
    told: set[int] = set()
    deadline = time.monotonic() + grace
    while (alive := _descendants(spared)) and time.monotonic() < deadline:
        _send(signal.SIGTERM, alive - told)
        told |= alive
        time.sleep(0.02)
    deadline = time.monotonic() + _KILLING_S
    while (alive := _descendants(spared)) and time.monotonic() < deadline:
        _send(signal.SIGKILL, alive)
        time.sleep(0.02)


def _send(signum: signal.Signals, pids: set[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signum)
        except OSError:
            continue  # it ended by itself, or is another user's


def _descendants(spared: int | None) -> set[int]:
    children: dict[int, list[int]] = {}
    for pid, parent in _processes():
        if pid != spared:
            children.setdefault(parent, []).append(pid)
    found: set[int] = set()
    waiting = [os.getpid()]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.update(below)
        waiting += below
    return found


def _processes() -> list[tuple[int, int]]:
    """Return process and parent ids of what is alive; zombies are not."""
    if Path("/proc/self/stat").exists():
        stats = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                # The name, in parentheses, may hold anything; state and parent follow it.
                state, parent = path.read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if state != "Z":
                stats.append((int(path.parent.name), int(parent)))
        return stats
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=False
    )
    rows = [line.split() for line in listed.stdout.splitlines()]
    return [(int(pid), int(parent)) for pid, parent, state in rows if not state.startswith("Z")]
