"""Lets the lower floors ask a host, without their knowing of one.

Floor: host. Values, files and tasks each have a place for one function that answers what they do not know themselves;
here these places are filled with a host's answers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from redun.filesystems.registry import set_filesystem_resolver
from redun.hashing.values import set_type_resolver
from redun.task.checks import check_names, check_type, place_of
from redun.task.known import declared
from redun.task.registry import get_task_registry
from redun.value.nested import Lazy
from redun.value.proxy import treatment_by
from redun.value.treatment import Treatment, set_treatment_resolver

if TYPE_CHECKING:
    from redun.config import Config
    from redun.filesystems.base import FileSystem
    from redun.host.host import Host
    from redun.task.task import Task

__all__ = ["check_task_options", "connect"]


def connect(host: Host, config: Config) -> None:
    """Let files find file systems, and values and tasks their hashers, among a host's plugins.

    The host connected last answers. Hashers are asked for only if a plugin has any. A file system is configured by the
    section `[filesystems.SCHEME]`.
    """

    def filesystem(scheme: str) -> FileSystem | None:
        made: FileSystem = host.filesystem(scheme)()
        return made

    set_filesystem_resolver(
        filesystem,
        lambda: [spec.scheme for spec in host.filesystems()],
        lambda scheme: config.section(f"filesystems.{scheme}"),
    )
    set_type_resolver(host.value_hasher if host.implements("redun_value_hasher") else None)
    set_treatment_resolver(_treatments(host))
    get_task_registry().hasher = host.task_hasher if host.implements("redun_task_hasher") else None


def _treatments(host: Host) -> Callable[[type], Treatment | None] | None:
    """Return what tells how plugins treat a type; None if no plugin treats any."""
    names = [spec.type_name for spec in host.value_types() if not spec.type_name.startswith("redun.")]
    if not names:
        return None

    def resolve(kind: type) -> Treatment | None:
        for name in names:
            module, _, attribute = name.rpartition(".")
            # A class goes by the name under which its library shows it, wherever it is defined.
            declared = getattr(sys.modules.get(module), attribute, None)
            if isinstance(declared, type) and declared in kind.__mro__:
                target = host.value_type(name)
                return target if isinstance(target, Treatment) else treatment_by(target)
        return None

    return resolve


def check_task_options(host: Host, own: Iterable[str], checked: set[Any]) -> list[Task[..., Any]]:
    """Refuse options of the tasks defined so far that nobody reads, or that are not what a plugin wants.

    Parameters
    ----------
    host : Host
        Knows the options of redun and of plugins.
    own : iterable of str
        Names that the project declares itself.
    checked : set of Task
        Tasks that need no second look; those looked at are added.

    Returns
    -------
    list of Task
        Those looked at.

    Raises
    ------
    TaskDefinitionError
        An option is unknown, or has a value of another type than its plugin wants.
    """
    registry = get_task_registry()
    specs = {spec.name: spec for spec in host.task_options()}
    known = registry.known_options = frozenset([*specs, *own])
    ours = declared()
    fresh = [task for task in registry if task not in checked]
    for task in fresh:
        options = task.get_task_options()
        if options:
            for owner, layer in (
                (place_of(task), options),
                (f"{place_of(task)}, export_options", options.get("export_options") or {}),
            ):
                check_names(owner, layer, known)
                for name in layer.keys() & specs.keys() - ours.keys():
                    if not isinstance(layer[name], Lazy):
                        check_type(owner, specs[name], layer[name])
        checked.add(task)
    return fresh
