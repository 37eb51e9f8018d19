"""Where the code of a task is, as another process can find it.

Floor: executors.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

import attrs

from redun.errors import ExecutorError, UnknownTaskError
from redun.task.registry import get_task_registry

if TYPE_CHECKING:
    from redun.task.task import Task

__all__ = ["Location", "Locations", "import_known", "load_task", "locate"]

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
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None) or task.source_file
    if name == "__main__":
        if not isinstance(getattr(module, "__file__", None), str) or not os.path.isfile(file):
            raise ExecutorError(
                f"Task {task.fullname} is defined in a notebook or in an interactive session, where no other process "
                "can find it. Define it in a file and import that, or let it run in this process, by "
                "executor='default'."
            )
        spec = getattr(module, "__spec__", None)
        return Location(name, _relative(file, root), paths, "" if spec is None else spec.parent)
    installed = not file or name.startswith("redun.") or file.startswith("<") or _is_installed(file)
    return Location(name, None if installed else _relative(file, root), paths)


def load_task(location: Location, fullname: str, task_hash: bytes, root: str) -> Task[..., Any]:
    """Return a task in this process, importing it if need be.

    Parameters
    ----------
    location : Location
    fullname : str
    task_hash : bytes
        What its hash must be, 20 bytes.
    root : str
        Where the project's folder is here.

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
        raise ExecutorError(
            f"The code of task {fullname} is not the same here as where it was called: its hash is "
            f"{task.hash[:8]} by {task.source_file or location.module}, and {task_hash.hex()[:8]} there. Was it edited "
            "since, or does an image hold an older version of it? Or does it refer to a module's variable whose value "
            "depends on where it is imported?"
        )
    return task


def import_known(modules: Iterable[str]) -> None:
    """Import what defines tasks, as far as it is there."""
    for name in modules:
        if name not in sys.modules:
            # Not all that another process has loaded need be here; a task that is missed is told by name.
            with suppress(Exception):
                import_module(name)


def _import(location: Location, fullname: str, root: str) -> None:
    from redun.executors.loading import loading

    for path in reversed(location.import_paths):
        folder = os.path.normpath(os.path.join(root, path))
        if folder not in sys.path and os.path.isdir(folder):
            sys.path.insert(0, folder)
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
    if name == "__main__":
        from redun.executors.remote.main_module import load_main

        assert path is not None
        load_main(path, location.package)
    elif path is not None and "." not in name and os.path.isfile(path) and not _is_found(name, path):
        _load_file(name, path)
    else:
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not (name == error.name or name.startswith(error.name + ".")):
                raise
            if path is None or not os.path.isfile(path):
                raise
            _load_file(name, path)


def _is_found(name: str, path: str) -> bool:
    """Tell whether importing a name gives the module of a file."""
    from importlib.util import find_spec

    if name in sys.modules:
        return getattr(sys.modules[name], "__file__", None) == path
    try:
        spec = find_spec(name)
    except ValueError:
        return False
    return (
        spec is not None
        and spec.origin is not None
        and os.path.realpath(spec.origin) == os.path.realpath(path)
    )


def _load_file(name: str, path: str) -> None:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise


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
