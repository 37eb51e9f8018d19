"""Where the code of a task is, as another process can find it.

Floor: executors.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from redun.errors import ExecutorError, UnknownTaskError
from redun.executors.remote.offered import import_offered, offer_modules
from redun.task.registry import get_task_registry

if TYPE_CHECKING:
    from redun.task.task import Task

__all__ = ["Location", "Locations", "load_task", "locate"]

_NAMED = 8
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__))
_INSTALLED = re.compile(r"[\\/](site|dist)-packages([\\/]|$)|[\\/]python\d+\.zip$")


@attrs.frozen
class Location:
    """Where a task is defined. All of it can be expressed as JSON.

    Attributes
    ----------
    module : str
        `__main__` for a script that was started by `python`.
    path : str or None
        Its file, relative to the project's folder if it lies below; None for installed modules.
    import_paths : tuple of str
        What the project's modules are imported from, in the same way; `.` is the project's folder itself.
    package : str
        Of a module started by `python -m`, its package.
    """

    module: str
    path: str | None
    import_paths: tuple[str, ...]
    package: str = ""


class Locations:
    """The locations of tasks, each found once.

    Parameters
    ----------
    root : str
        The project's folder.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._known: dict[Task[..., Any], Location] = {}
        self._parts: dict[Task[..., Any], Mapping[str, str]] = {}
        self._modules: tuple[tuple[str, ...], tuple[tuple[str, str | None, str], ...]] | None = None

    def modules(self) -> tuple[tuple[str, str | None, str], ...]:
        """Return what defines the tasks that are known here: name, path and package of each module, see `Location`."""
        names = get_task_registry().modules()
        if self._modules is None or self._modules[0] is not names:
            self._modules = names, tuple([(name, *_file_of(name, "", self._root)) for name in names])
        return self._modules[1]

    def parts(self, task: Task[..., Any]) -> Mapping[str, str]:
        """Return the names and the digests of all code that counts in a task's hash; nothing if it has a version."""
        known = self._parts.get(task)
        if known is None:
            known = self._parts[task] = _parts_of(task)
        return known

    def of(self, task: Task[..., Any]) -> Location:
        """Return the location of a task; raises as `locate` does."""
        known = self._known.get(task)
        if known is None:
            known = self._known[task] = locate(task, self._root)
        return known


def locate(task: Task[..., Any], root: str) -> Location:
    """Return where another process finds a task.

    Parameters
    ----------
    task : Task
    root : str
        The project's folder, an absolute path.

    Raises
    ------
    ExecutorError
        No other process can find it: it was defined in a notebook or in an interactive session.

    Examples
    --------
    >>> from redun.functools import identity
    >>> locate(identity, "/project").module
    'redun.functools.composition'
    """
    name = task.load_module
    paths = _import_paths(root)
    if task.has_task_option("load_module"):
        return Location(name, None, paths)
    file, package = _file_of(name, task.source_file, root)
    if name == "__main__" and file is None:
        raise ExecutorError(
            f"Task {task.fullname} is defined in a notebook or in an interactive session, where no other process can "
            "find it. Define it in a file and import that, or let it run in this process, by executor='default'."
        )
    return Location(name, file, paths, package)


def load_task(
    location: Location, fullname: str, task_hash: bytes, root: str, parts: Mapping[str, str] | None = None
) -> Task[..., Any]:
    """Return a task in this process, importing it if need be.

    Parameters
    ----------
    location : Location
    fullname : str
    task_hash : bytes
        What its hash must be, 20 bytes.
    root : str
        Where the project's folder is here.
    parts : mapping, optional
        As `Locations.parts` gives them where the task was called, to say what differs.

    Raises
    ------
    ExecutorError
        Its module cannot be imported, or the code that is here is not that of the scheduler.
    UnknownTaskError
        Its module does not define it.
    """
    registry = get_task_registry()
    task = registry.get(fullname)
    if task is None or task.digest != task_hash:
        _import(location, fullname, root)
        task = registry.get(fullname)
    if task is None:
        raise UnknownTaskError(
            f"Importing {location.module} does not define the task {fullname}, so that no other process can run it. "
            "Define it at the top level of the module, not inside of a function or below "
            "`if __name__ == \"__main__\":`; or let it run in the scheduler's process, by executor='default'."
        )
    if task.digest != task_hash:
        raise _differs(task, location, task_hash, parts)
    return task


def _differs(
    task: Task[..., Any], location: Location, there: bytes, parts: Mapping[str, str] | None
) -> ExecutorError:
    here = _parts_of(task)
    other = sorted(name for name in {*here, *parts} if here.get(name) != parts.get(name)) if parts else []
    named = f" What differs: {', '.join(other[:_NAMED])}{' …' if other[_NAMED:] else ''}." if other else ""
    return ExecutorError(
        f"The code of task {task.fullname} is not the same here as where it was called: its hash is {task.hash[:8]} by "
        f"{task.source_file or location.module}, and {there.hex()[:8]} there.{named} Was it edited since, or does an "
        "image hold an older version of it? Or does it refer to a module's variable whose value depends on where it is "
        "imported?"
    )


def _parts_of(task: Task[..., Any]) -> Mapping[str, str]:
    if task.version is not None or task.compat or task.given_source is not None:
        return {}
    from redun.hashing.code import describe_code

    return {name: digest.hex()[:16] for name, digest in describe_code(task.func)}


def _import(location: Location, fullname: str, root: str) -> None:
    from redun.executors.loading import loading

    folders = [os.path.normpath(os.path.join(root, path)) for path in location.import_paths]
    # In their order, whatever was here before: of two modules of one name the same is to be found.
    first = [folder for folder in folders if os.path.isdir(folder)]
    sys.path[:] = [*first, *(entry for entry in sys.path if entry not in first)]
    file = None if location.path is None else os.path.normpath(os.path.join(root, location.path))
    try:
        with loading(file or location.module):
            _import_from(location, file)
    except (Exception, SystemExit) as error:
        if isinstance(error, ExecutorError):
            raise
        raise ExecutorError(
            f"The module {location.module}, which defines task {fullname}, cannot be imported in another process: "
            f"{type(error).__name__}: {error}"
        ) from error


def _import_from(location: Location, path: str | None) -> None:
    name = location.module
    if path is not None:
        offer_modules([(name, path, location.package)])
    import_offered(name)


def _import_paths(root: str) -> tuple[str, ...]:
    entries = [os.path.abspath(entry or os.curdir) for entry in sys.path]
    return tuple(dict.fromkeys(_relative(entry, root) for entry in entries if not _is_installed(entry)))


def _is_installed(path: str) -> bool:
    return _INSTALLED.search(path) is not None or os.path.abspath(path).startswith(_LIBRARY)


def _relative(path: str, root: str) -> str:
    for spelling, base in ((os.path.abspath(path), root), (os.path.realpath(path), os.path.realpath(root))):
        if spelling == base or spelling.startswith(base.rstrip(os.sep) + os.sep):
            return os.path.relpath(spelling, base).replace(os.sep, "/")
    return os.path.abspath(path)


def _file_of(name: str, source_file: str, root: str) -> tuple[str | None, str]:
    """Return the file of a module of the project, and of `__main__` the package; None for what is installed."""
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    if name == "__main__":
        if not isinstance(file, str) or not os.path.isfile(file):
            return None, ""
        spec = getattr(module, "__spec__", None)
        return _relative(file, root), "" if spec is None else spec.parent
    file = file or source_file
    if not file or file.startswith("<") or name.partition(".")[0] == "redun" or _is_installed(file):
        return None, ""
    return _relative(file, root), ""
