"""Lets the lower floors ask a host, without their knowing of one.

Floor: host. Values, files and tasks each have a place for one function that answers what they do not know themselves;
here these places are filled with a host's answers.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from redun.errors import TaskDefinitionError
from redun.filesystems.registry import set_filesystem_resolver
from redun.hashing.values import set_type_resolver
from redun.task.registry import get_task_registry

if TYPE_CHECKING:
    from redun.filesystems.base import FileSystem
    from redun.host.host import Host

__all__ = ["check_task_options", "connect"]


def connect(host: Host) -> None:
    """Let files find file systems, and values and tasks their hashers, among a host's plugins.

    The host connected last answers. Hashers are asked for only if a plugin has any.
    """

    def filesystem(scheme: str) -> FileSystem | None:
        made: FileSystem = host.filesystem(scheme)()
        return made

    set_filesystem_resolver(filesystem, lambda: [spec.scheme for spec in host.filesystems()])
    set_type_resolver(host.value_hasher if host.implements("redun_value_hasher") else None)
    get_task_registry().hasher = host.task_hasher if host.implements("redun_task_hasher") else None


def check_task_options(host: Host, checked: set[Any]) -> None:
    """Refuse misspelt options of the tasks defined so far.

    Options that nobody here knows may be meant for a plugin that runs elsewhere, so only what looks like a known one
    is refused.

    Parameters
    ----------
    host : Host
        Knows the options.
    checked : set of Task
        Tasks that need no second look; those looked at are added.

    Raises
    ------
    TaskDefinitionError
        An option is unknown and resembles a known one.
    """
    fresh = [task for task in get_task_registry() if task not in checked]
    if not any(task.get_task_options() for task in fresh):
        return
    known = {spec.name for spec in host.task_options()}
    for task in fresh:
        checked.add(task)
        for name in task.get_task_options():
            near = get_close_matches(name, known, n=1, cutoff=0.8) if name not in known else []
            if near:
                where = f"{task.source_file}:{task.line}"
                raise TaskDefinitionError(
                    f"Task {task.fullname} ({where}): unknown option {name!r}; did you mean {near[0]!r}?"
                )
