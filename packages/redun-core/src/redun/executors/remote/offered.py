"""Modules of the project under the names that they have in another process, whatever Python would find for these.

Floor: executors. A script that `redun run` loads may have a name that no import finds, or finds something else for; and
the module that `python` was started with is `__main__`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from types import ModuleType

__all__ = ["import_known", "import_offered", "offer_modules"]


class _Offered:
    """Finds modules that were offered; it comes first among the finders of Python."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, str]] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is, None if it was not offered."""
        file, _ = self.files.get(name, ("", ""))
        if path is not None or not os.path.isfile(file) or os.path.basename(file) == "__init__.py":
            # Packages and what lies in them are found by their names.
            return None
        return spec_from_file_location(name, file)


_offered = _Offered()


def offer_modules(modules: Iterable[tuple[str, str | None, str]], root: str = "") -> None:
    """Let modules be imported from files.

    Parameters
    ----------
    modules : iterable of (str, str or None, str)
        Name, file and package, as of a `Location`. Those without a file are found by Python itself.
    root : str
        What paths are relative to.
    """
    if _offered not in sys.meta_path:
        sys.meta_path.insert(0, _offered)
    for name, path, package in modules:
        if path is not None:
            _offered.files[name] = os.path.normpath(os.path.join(root, path)), package


def import_offered(name: str) -> None:
    """Import a module; `__main__` is executed as another process was started with it.

    Raises
    ------
    Exception
        Whatever importing it raises.
    """
    if name != "__main__":
        import_module(name)
        return
    from redun.executors.remote.main_module import load_main

    if name in _offered.files:
        load_main(*_offered.files.pop(name))


def import_known(modules: Iterable[str]) -> None:
    """Import what defines tasks, as far as it is there."""
    for name in modules:
        if name not in sys.modules or name == "__main__":
            # Not all that another process has loaded need be here; a task that is missed is told by name.
            with suppress(Exception, SystemExit):
                import_offered(name)
