"""The tags that every execution of `redun run` gets: who ran which version of what.

Floor: command line. Nothing here starts a process or asks a service; the identities that a cloud knows are for plugins
to add.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from redun import __version__

from redun_cli.run.git import find_repository
from redun_cli.user import current_user

if TYPE_CHECKING:
    from redun.task import Task

__all__ = ["automatic_tags"]


def automatic_tags(task: Task[..., object], without: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return the tags that can be known of an execution of a task.

    Parameters
    ----------
    task : Task
        The root task.
    without : collection of str
        Keys to leave out, for instance because the user says better.
    """
    # A task of redun itself stands for an expression, and says nothing of whose it is.
    users = task.namespace.partition(".")[0] != "redun"
    known = {
        "redun.version": __version__,
        "redun.python": _python(),
        **_repository(Path(task.source_file) if users else None),
        "user": current_user(),
        "project": task.namespace if users else None,
    }
    return [(key, value) for key, value in known.items() if value and key not in without]


def _python() -> str:
    """Return the version of Python and the system, without the program that `platform` may start."""
    version = ".".join(map(str, sys.version_info[:3]))
    system = os.uname() if hasattr(os, "uname") else None
    return f"{version} on {system.sysname} {system.machine}" if system else f"{version} on {sys.platform}"


def _repository(source: Path | None) -> dict[str, str | None]:
    """Return the commit and origin of the code: of the repository that holds the workflow, or else this folder."""
    commit = os.environ.get("REDUN_GIT_COMMIT")
    origin = os.environ.get("REDUN_GIT_ORIGIN_URL")
    if not (commit and origin):
        inside = source is not None and source.is_file()
        repository = find_repository(source.parent.absolute() if source and inside else Path.cwd())
        if repository is not None:
            commit = commit or repository.commit()
            origin = origin or repository.origin_url()
    return {"git_commit": commit, "git_origin_url": origin}
