"""Whose container it is: the process that runs the executor, so that what a dead one left is told from the rest."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from functools import cache
from pathlib import Path

__all__ = ["OWNER", "SESSION", "is_orphan", "owner"]

OWNER = "redun.owner"
"""Label with the process that made a container."""

SESSION = "redun.session"
"""Label with the start of an executor that a container belongs to."""


@cache
def _machine() -> dict[str, str]:
    return {
        "host": socket.gethostname(),
        "boot": _read("/proc/sys/kernel/random/boot_id"),
        # In another one the same number is another process.
        "pids": _link("/proc/self/ns/pid"),
    }


def owner() -> str:
    """Return this process, as a label."""
    pid = os.getpid()
    return json.dumps({**_machine(), "pid": pid, "started": _started(pid)})


def is_orphan(label: str) -> bool:
    """Tell whether the process of a label was one of this machine and is no more.

    Examples
    --------
    >>> is_orphan(owner()), is_orphan("somebody else's")
    (False, False)
    """
    try:
        made = json.loads(label)
    except ValueError:
        return False
    here = _machine()
    if not isinstance(made, Mapping) or made.get("host") != here["host"]:
        return False
    if made.get("boot") != here["boot"]:
        return True
    if made.get("pids") != here["pids"]:
        return False
    pid = int(made["pid"])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return bool(made["started"] != _started(pid))


def _started(pid: int) -> str:
    """Return when a process began: a number may have come around to another one. A zombie has ended."""
    text = _read(f"/proc/{pid}/stat")
    if not text:
        return ""
    fields = text.rpartition(")")[2].split()
    return "ended" if fields[0] == "Z" else fields[19]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace").strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
