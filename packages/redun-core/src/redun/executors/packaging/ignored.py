"""What the `.gitignore` files of a project leave out.

Floor: executors. They are read by the library pathspec rather than by asking git: what is sent must be the same
whether or not git is installed, trusts the folder, or knows it at all, as in a container that holds a plain copy. The
price is that a file that was added to a repository although it is ignored stays out, unless it is asked for by name.
"""

from __future__ import annotations

import os
import posixpath
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

__all__ = ["Ignored"]

_NAME = ".gitignore"


class Ignored:
    """The `.gitignore` files of a folder, of those below, and of those above up to the top of a git repository.

    Parameters
    ----------
    root : str
        An absolute folder.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._specs: dict[str, GitIgnoreSpec | None] = {}
        # From the nearest to the top, each with where the root lies below it.
        self._above: list[tuple[str, GitIgnoreSpec]] = []
        self._look_above()

    def __call__(self, path: str, *, folder: bool = False) -> bool:
        """Tell whether a path below the root, of which no folder is ignored, is left out."""
        asked = f"{path}/" if folder else path
        above = posixpath.dirname(path)
        while True:
            spec = self._spec(above)
            if spec is not None:
                verdict = spec.check_file(asked[len(above) + 1 :] if above else asked).include
                # The nearest file that has something to say prevails, and of its lines the last.
                if verdict is not None:
                    return verdict
            if not above:
                break
            above = posixpath.dirname(above)
        for prefix, spec in self._above:
            verdict = spec.check_file(f"{prefix}/{asked}").include
            if verdict is not None:
                return verdict
        return False

    def _spec(self, folder: str) -> GitIgnoreSpec | None:
        if folder not in self._specs:
            self._specs[folder] = _read(os.path.join(self._root, folder, _NAME))
        return self._specs[folder]

    def _look_above(self) -> None:
        top, passed = self._root, list[str]()
        while not os.path.exists(os.path.join(top, ".git")):
            above, name = os.path.split(top)
            if above == top:
                # No repository: what lies above is none of the project's.
                return
            passed.insert(0, name)
            top = above
        prefix, folder = passed, self._root
        names: list[str] = []
        while prefix:
            folder, name = os.path.split(folder)
            names.insert(0, name)
            prefix = prefix[:-1]
            spec = _read(os.path.join(folder, _NAME))
            if spec is not None:
                self._above.append(("/".join(names), spec))


def _read(path: str) -> GitIgnoreSpec | None:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except OSError:
        return None
    return _parsed(text)


@lru_cache(maxsize=64)
def _parsed(text: str) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(text.splitlines())
