"""Which code is the project's own: not the standard library, not an installed package, not redun.

Floor: hashing.
"""

from __future__ import annotations

import os
import re
import sys

__all__ = ["Project"]

# redun and its plugins; a workflow module may well be called redun_something itself.
_REDUN = re.compile(r"redun(_(executor|backend|fs|value|observer|cli|ui)(_\w+)?)?")
_INSTALLED = re.compile(r"[\\/](site|dist)-packages[\\/]")


class Project:
    """Tells the project's own code from everybody else's, remembering each answer.

    Parameters
    ----------
    including : str, optional
        A top-level module that counts as the project's own even if it is installed.
    """

    def __init__(self, *, including: str | None = None) -> None:
        self._including = including
        # Found through `os` rather than sysconfig, whose import costs more than hashing a task.
        library = os.path.dirname(os.path.abspath(os.__file__))
        self._library = tuple({library + os.sep, os.path.realpath(library) + os.sep})
        self._answers: dict[tuple[str, str | None], bool] = {}
        self._vendored: dict[str, frozenset[str]] = {}

    def owns(self, filename: str | None, module: str | None) -> bool:
        """Tell whether code is the project's own.

        Parameters
        ----------
        filename : str or None
            Where the code says it was read from; ``<...>`` when there is no such file.
        module : str or None
            Name of the module it belongs to.
        """
        if filename is None:
            return False
        key = filename, module
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._owns(filename, module)
        return answer

    def is_library(self, filename: str) -> bool:
        """Tell whether a file belongs to the standard library, of which installed packages may be a part."""
        return filename.startswith(("<frozen ", *self._library)) and not _INSTALLED.search(filename)

    def is_redun(self, module: str | None) -> bool:
        """Tell whether a module belongs to redun or to one of its plugins."""
        return module is not None and _REDUN.fullmatch(module.partition(".")[0]) is not None

    def _owns(self, filename: str, module: str | None) -> bool:
        if self.is_redun(module) or filename.startswith("<frozen "):
            return False
        if filename.startswith("<"):
            # What exec made belongs to the module whose globals it uses; an interactive session has no such file.
            owner = sys.modules.get(module or "") if module != "__main__" else None
            origin = getattr(owner, "__file__", None)
            return not isinstance(origin, str) or self.owns(origin, module)
        if module is not None and module.partition(".")[0] == self._including:
            return True
        path = os.path.abspath(filename)
        for spelling in {path, os.path.realpath(path)}:
            if spelling.startswith(self._library) or _INSTALLED.search(spelling):
                return False
        return not self._is_vendored(path)

    def _is_vendored(self, path: str) -> bool:
        """Whether an installer put the file into one of the import folders, as `pip install --target` does."""
        for folder in sys.path:
            root = os.path.abspath(folder or os.curdir)
            if path.startswith(root + os.sep):
                top = path[len(root) + 1 :].split(os.sep, 1)[0]
                if top in self._installed_in(root):
                    return True
        return False

    def _installed_in(self, root: str) -> frozenset[str]:
        tops = self._vendored.get(root)
        if tops is None:
            found: set[str] = set()
            try:
                records = [
                    os.path.join(root, entry, "RECORD")
                    for entry in os.listdir(root)
                    if entry.endswith(".dist-info")
                ]
            except OSError:
                records = []
            for record in records:
                try:
                    with open(record, encoding="utf-8") as lines:
                        found.update(re.split(r"[/,]", line, maxsplit=1)[0] for line in lines)
                except (OSError, UnicodeDecodeError):
                    continue
            tops = self._vendored[root] = frozenset(found)
        return tops
