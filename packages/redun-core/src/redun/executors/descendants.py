"""Finding and ending processes together with all that they started.

Floor: executors.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["alive", "descendants", "end_processes", "group_and_below", "send"]

GRACE_S = 2.0
"""How long processes may take to end by themselves once they are asked to."""

_KILLING_S = 1.0


def end_processes(alive: Callable[[], set[int]], grace: float = GRACE_S) -> None:
    """Send SIGTERM to processes, and SIGKILL to those that live on.

    Parameters
    ----------
    alive : callable
        Returns the pids that are to end. It is asked again and again: what is about to end may start others.
    grace : float
        Seconds between the two.
    """
    told: set[int] = set()
    deadline = time.monotonic() + grace
    while (pids := alive()) and time.monotonic() < deadline:
        send(signal.SIGTERM, pids - told)
        told |= pids
        time.sleep(0.02)
    deadline = time.monotonic() + _KILLING_S
    while (pids := alive()) and time.monotonic() < deadline:
        send(signal.SIGKILL, pids)
        time.sleep(0.02)


def descendants(roots: Iterable[int], *, spared: int | None = None, deep: bool = True) -> set[int]:
    """Return the processes below some, these not included.

    Parameters
    ----------
    roots : iterable of int
    spared : int, optional
        The pid of a process to leave out, with all below it.
    deep : bool
        False: their children alone.
    """
    roots = set(roots)
    parents = [(pid, parent) for pid, parent, _group in _processes() if pid != spared]
    return _below(roots, parents) if deep else {pid for pid, parent in parents if parent in roots}


def alive(pids: Iterable[int]) -> set[int]:
    """Return those processes of some that have not ended."""
    return {pid for pid, _parent, _group in _processes()} & set(pids)


def group_and_below(leader: int) -> set[int]:
    """Return the processes of a group, and all below them: those that left the group too, as long as they have a parent
    there."""
    listed = _processes()
    members = {pid for pid, _parent, group in listed if group == leader}
    return members | _below(members, [(pid, parent) for pid, parent, _group in listed])


def _below(roots: Iterable[int], parents: list[tuple[int, int]]) -> set[int]:
    children: dict[int, list[int]] = {}
    for pid, parent in parents:
        children.setdefault(parent, []).append(pid)
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        below = children.get(waiting.pop(), [])
        found.update(below)
        waiting += below
    return found


def send(signum: signal.Signals, pids: set[int]) -> None:
    """Send a signal to processes, as far as they are there."""
    # Parents before their children, or they would go on as if those had ended by themselves.
    for pid in sorted(pids):
        try:
            os.kill(pid, signum)
        except OSError:
            continue  # it ended by itself, or is another user's


def _processes() -> list[tuple[int, int, int]]:
    """Return process, parent and group ids of what is alive; zombies are not."""
    if Path("/proc/self/stat").exists():
        stats = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                # The name, in parentheses, may hold anything and in any encoding; state, parent and group follow it.
                state, parent, group = path.read_bytes().rpartition(b")")[2].split()[:3]
            except OSError:
                continue
            if state != b"Z":
                stats.append((int(path.parent.name), int(parent), int(group)))
        return stats
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat="], capture_output=True, text=True, check=False
    )
    rows = [line.split() for line in listed.stdout.splitlines()]
    return [(int(pid), int(parent), int(group)) for pid, parent, group, stat in rows if stat[0] != "Z"]
