"""Where a task runs: the plugins that it needs, its code, its folder.

Floor: composition.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from redun.config import Config
from redun.errors import ExecutorError
from redun.executors.remote.location import load_task
from redun.executors.remote.offered import offer_modules
from redun.host.host import Host
from redun.host.manifest import describe_host
from redun.host.selection import Selection
from redun.host.wiring import connect

if TYPE_CHECKING:
    from redun.executors.remote.specification import TaskSpecification
    from redun.task.task import Task

__all__ = ["Surroundings", "differences"]


class Surroundings:
    """What is made ready once for all calls of a task.

    Attributes
    ----------
    root : str
        Where the project's code is here.
    task : Task

    Raises
    ------
    ExecutorError
        The task cannot run here; the message says why.
    """

    def __init__(self, specification: TaskSpecification, host: Host) -> None:
        adapt(specification.manifest, host)
        self._there = specification.root
        self.root = _code_folder(specification)
        _enter(specification, self.root)
        offer_modules(specification.modules, self.root)
        try:
            self.task: Task[..., Any] = load_task(
                specification.location,
                specification.task,
                bytes.fromhex(specification.task_hash),
                self.root,
                specification.parts,
            )
        except ExecutorError as error:
            if not isinstance(error.__cause__, (ImportError, FileNotFoundError)):
                raise
            raise ExecutorError(f"{error}\n{_where_code_comes_from(specification)}") from error.__cause__

    def as_there(self, text: str) -> str:
        """Return a text with the paths that the project's files have at the scheduler's."""
        return text if self.root == self._there else text.replace(self.root, self._there)


def adapt(manifest: Mapping[str, Any], host: Host) -> None:
    """Let values and keys mean here what they mean at the scheduler's, or say why they do not."""
    here = describe_host(host)
    found = differences(manifest, here)
    if found:
        listed = "".join(f"\n  - {difference}" for difference in found)
        raise ExecutorError(
            f"The environment of the worker on {socket.gethostname()} ({sys.prefix}) differs from that of the "
            f"scheduler, so that its results might not be the same:{listed}\nInstall the same versions in both, for "
            "instance by making the image anew."
        )
    extra = here["plugins"].keys() - manifest.get("plugins", here["plugins"]).keys()
    if extra:
        # The scheduler does without them: they may not have a say here.
        left_out = {name.replace("_", "-").lower(): "the scheduler, which has it not" for name in extra}
        connect(Host(Selection(left_out=left_out)), Config())


def differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Return what the worker's environment lacks, or has in another version.

    Examples
    --------
    >>> there = {"python": "3.12", "plugins": {"numpy": ["redun-value-numpy", "1.0"]}}
    >>> for line in differences(there, {"python": "3.11", "redun": "1.0", "plugins": {}}):
    ...     print(line)
    Python is 3.11, and 3.12 at the scheduler's
    redun-value-numpy 1.0 (plugin 'numpy') is not installed
    """
    found = []
    for key, name in (("python", "Python"), ("redun", "redun-core")):
        if there.get(key, here[key]) != here[key]:
            found.append(f"{name} is {here[key]}, and {there[key]} at the scheduler's")
    for kind, described in (("plugins", "plugin"), ("filesystems", "file system")):
        for name, (distribution, version) in sorted(there.get(kind, {}).items()):
            own = here.get(kind, {}).get(name)
            if own is None:
                found.append(f"{distribution} {version} ({described} {name!r}) is not installed")
            elif list(own) != [distribution, version]:
                theirs = f"{distribution} {version}"
                found.append(
                    f"{described} {name!r} is of {' '.join(own)}, and of {theirs} at the scheduler's"
                )
    return found


def _where_code_comes_from(specification: TaskSpecification) -> str:
    if specification.code is None:
        return (
            "No code was sent along (code_package is off): all of it must be installed where the worker runs."
        )
    return (
        "Libraries must be installed where the worker runs. Of the project what code_includes names is sent, unless "
        "code_excludes or .gitignore leaves it out; a file that is named without wildcards is sent though ignored."
    )


def _code_folder(specification: TaskSpecification) -> str:
    if specification.code is not None:
        from redun.executors.packaging import unpacked

        return unpacked(specification.code)
    return specification.root if os.path.isdir(specification.root) else os.getcwd()


def _enter(specification: TaskSpecification, root: str) -> None:
    """Go where relative paths mean what they mean at the scheduler's, if there is such a folder."""
    if os.path.isdir(specification.cwd):
        os.chdir(specification.cwd)
    elif specification.code is not None:
        os.chdir(root)
