"""The processes of the process executor, in interpreters that were started for them.

Floor: composition. They find plugins as the scheduler does; all else is `redun.executors.pool`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from redun.executors.pool.beginning import serve_as_nursery, serve_as_worker

__all__ = ["main"]


def main() -> NoReturn:
    """Be what the arguments of the command line say; `redun.executors.pool.beginning` makes them."""
    role, *rest = sys.argv[1:]
    if role == "redun-nursery":
        method, descriptor, stderr, parent = rest
        serve_as_nursery(method, int(descriptor), int(stderr), int(parent), prepare)
    descriptor, parent = rest
    serve_as_worker(int(descriptor), int(parent), prepare)


def prepare(config: Mapping[str, Any]) -> None:
    """Let files, values and tasks find what plugins supply for them."""
    from redun.config import Config
    from redun.host.host import Host
    from redun.host.selection import Selection
    from redun.host.wiring import connect

    read = Config(config)
    connect(Host(Selection.read(config=read)), read)
