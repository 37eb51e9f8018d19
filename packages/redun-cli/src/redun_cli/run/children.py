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


def end_descendants(grace: float = 2.0) -> None:
    """Send SIGTERM to all descendants of this process, and SIGKILL to those that live on.

    Parameters
    ----------
    grace : float
        Seconds between the two.
    """
    _send(signal.SIGTERM, _descendants())
    deadline = time.monotonic() + grace
    while (alive := _descendants()) and time.monotonic() < deadline:
        time.sleep(0.02)
    _send(signal.SIGKILL, alive)


def _send(signum: signal.Signals, pids: list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signum)
        except OSError:
            continue  # it ended by itself, or is another user's


def _descendants() -> list[int]:
    children: dict[int, list[int]] = {}
    for pid, parent in _processes():
        children.setdefault(parent, []).append(pid)
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
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
