"""Loading a workflow: a file or a dotted module, with the user's own mistakes told clearly.

Floor: command line.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import attrs
from redun.errors import RedunError

from redun_cli.run.traces import describe

__all__ = ["Script", "ScriptError", "load_script"]


class ScriptError(RedunError):
    """A workflow cannot be loaded."""


@attrs.frozen
class Script:
    """A loaded workflow.

    Attributes
    ----------
    target : str
        As typed.
    module : ModuleType
    """

    target: str
    module: ModuleType

    @property
    def namespace(self) -> str:
        """The namespace the module gives its tasks, or the empty string."""
        return str(getattr(self.module, "redun_namespace", None) or "")


def load_script(target: str) -> Script:
    """Import a workflow.

    Parameters
    ----------
    target : str
        Path of a Python file, whose folder is put on `sys.path`; or a dotted module name, looked up from the
        current folder as well.

    Raises
    ------
    ScriptError
        Nothing is there, or importing it raised; the message holds the user's own frames.
    """
    path = Path(target)
    by_path = target.endswith(".py") or os.sep in target or target.startswith(".") or path.is_file()
    if by_path and not path.is_file():
        raise ScriptError(f"no such file: {target}" + (" (it is a folder)" if path.is_dir() else ""))
    try:
        module = _load_file(path) if by_path else _load_module(target)
    except (Exception, SystemExit) as error:
        if isinstance(error, ScriptError):
            raise
        raise ScriptError(f"cannot load {target}\n{describe(error)}") from error
    return Script(target, module)


def _load_file(path: Path) -> ModuleType:
    path = path.resolve()
    name = _module_name(path)
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ScriptError(f"{path} is no Python file: its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _module_name(path: Path) -> str:
    """Name a script after its stem, unless that would hide another module that can be imported."""
    name = path.stem.replace(".", "_")
    try:
        found = importlib.util.find_spec(name)
    except ValueError:  # a module without a spec, such as __main__
        return f"redun_script_{name}"
    if found is None or (found.origin is not None and Path(found.origin).resolve() == path):
        return name
    return f"redun_script_{name}"


def _load_module(name: str) -> ModuleType:
    sys.path.insert(0, os.getcwd())
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            raise ScriptError(f"no such file or module: {name}") from None
        raise
