"""Folders of this machine for what is sent to Spark; those of processes that were killed go with the next one made."""

from __future__ import annotations

from tempfile import TemporaryDirectory

from redun.executors.packaging.private import private_folder
from redun.filesystems.owners import owned_name, remove_orphans

__all__ = ["temporary_folder"]


def temporary_folder() -> TemporaryDirectory[str]:
    """Make a folder for this process that nobody else can write to, to be cleaned up by whoever asked for it."""
    above = private_folder("redun-spark")
    remove_orphans(above, "")
    return TemporaryDirectory(prefix=f"{owned_name('')}-", dir=above, ignore_cleanup_errors=True)
