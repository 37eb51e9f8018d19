"""Which files of a project a code package holds.

Floor: executors. Links are followed, to files and to folders: where the package is unpacked there is nothing that
they could lead to.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from redun.errors import ExecutorError
from redun.executors.packaging.ignored import Ignored
from redun.executors.packaging.options import Packaging
from redun.executors.packaging.patterns import Pattern
from redun.logging import logger

__all__ = ["select"]

LEFT_OUT = frozenset(
    (
        *(".git", ".hg", ".svn", ".redun", "__pycache__", "node_modules", "site-packages"),
        *(
            ".venv",
            ".tox",
            ".nox",
            ".eggs",
            ".mypy_cache",
            ".pytest_cache",
            ".ruff_cache",
            ".ipynb_checkpoints",
        ),
    )
)
"""Folders that hold no code of the project, whatever the patterns say."""

ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")
"""What the top folder of an installed Python has."""

MAX_LOOKED_AT = 300_000
"""Files and folders after which a walk is given up: somebody packs a home folder, or data."""


def select(root: str, packaging: Packaging) -> list[tuple[str, str]]:
    """Return the files of a package: the name of each in the package, with `/`, and its path; sorted.

    Raises
    ------
    ConfigError
        A pattern leads out of the project.
    ExecutorError
        There is no such folder, or far too much lies below it.
    """
    if not os.path.isdir(root):
        raise ExecutorError(f"The folder {root}, whose code is to be sent along, does not exist.")
    includes = [Pattern.of(text, root) for text in packaging.includes]
    excludes = [Pattern.of(text, root, hidden=True) for text in packaging.excludes]
    walk = _Walk(root, excludes)
    found: dict[str, str] = {}
    wild = [pattern for pattern in includes if not pattern.literal]
    if wild:
        ignored = Ignored(root)
        found.update(
            walk.files(
                "",
                wanted=lambda name: any(pattern.matches(name) for pattern in wild) and not ignored(name),
                entered=lambda name: (
                    any(pattern.looks_into(name) for pattern in wild) and not ignored(name, folder=True)
                ),
            )
        )
    for pattern in includes:
        if pattern.literal:
            found.update(_named(walk, "/".join(pattern.parts)))
    return sorted(found.items(), key=lambda pair: os.fsencode(pair[0]))


def _named(walk: _Walk, name: str) -> Iterator[tuple[str, str]]:
    path = os.path.join(walk.root, name)
    if os.path.isdir(path):
        yield from walk.files(name, wanted=lambda _: True, entered=lambda _: True)
    elif os.path.isfile(path):
        yield name, path
    else:
        logger.warning("code_includes names %s, which does not exist in %s.", name, walk.root)


class _Walk:
    """Goes through the folders of a project.

    Parameters
    ----------
    root : str
    excludes : list of Pattern
    """

    def __init__(self, root: str, excludes: list[Pattern]) -> None:
        self.root = root
        self._excludes = excludes
        self._looked_at = 0

    def files(
        self, start: str, *, wanted: Callable[[str], bool], entered: Callable[[str], bool]
    ) -> Iterator[tuple[str, str]]:
        """Yield names and paths of the files below a folder that are wanted, looking into folders as told."""
        # With each folder those that it lies in, so that a link that leads back is noticed.
        pending: list[tuple[str, tuple[tuple[int, int], ...]]] = [(start, ())]
        while pending:
            folder, above = pending.pop()
            path = os.path.join(self.root, folder) if folder else self.root
            try:
                identity = _identity(path)
                entries = [] if identity in above else list(os.scandir(path))
            except OSError:
                # Nobody imports what cannot be looked at.
                continue
            self._count(len(entries))
            if folder and any(entry.name in ENVIRONMENTS for entry in entries):
                continue
            for entry in entries:
                name = f"{folder}/{entry.name}" if folder else entry.name
                if any(pattern.matches(name) for pattern in self._excludes):
                    continue
                if entry.is_dir():
                    if entry.name not in LEFT_OUT and entered(name):
                        pending.append((name, (*above, identity)))
                elif wanted(name) and entry.is_file():
                    yield name, entry.path

    def _count(self, number: int) -> None:
        self._looked_at += number
        if self._looked_at > MAX_LOOKED_AT:
            raise ExecutorError(
                f"More than {MAX_LOOKED_AT:,} files lie below {self.root}: that is no project whose code can be sent "
                "along. Name folders in code_includes (src/**/*.py), leave some out by code_excludes or .gitignore, "
                "or set code_package = false where the code is installed already."
            )


def _identity(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_dev, status.st_ino
