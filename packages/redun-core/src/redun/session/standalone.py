"""Plugins for files that are used outside of any execution: in a notebook, or before a scheduler is made.

Floor: composition.
"""

from __future__ import annotations

from redun.config import find_config_dir, load_config
from redun.host.host import Host
from redun.host.selection import Selection
from redun.host.wiring import connect

__all__ = ["connect_plugins"]


def connect_plugins() -> None:
    """Let the plugins of the project that one stands in supply file systems, until an execution brings its own."""
    config = load_config(find_config_dir())
    connect(Host(Selection.read(config=config)), config)
