"""`Dir`: all files below a directory as one value.

Floor: values.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from redun.file.file import File
from redun.file.reference import Reference, path_bytes, plain_path
from redun.filesystems.base import Fingerprint
from redun.filesystems.errors import RedunFileNotFoundError
from redun.filesystems.parallel import each
from redun.filesystems.registry import shell_copy
from redun.hashing.digest import digest

if TYPE_CHECKING:
    from redun.file.staging import StagingDir

__all__ = ["Dir", "Tree"]


class Tree(NamedTuple):
    """What a look at a directory found: its files, and the links that are not followed."""

    exists: bool
    files: dict[str, Fingerprint]
    links: list[tuple[str, str]]


class Dir(Reference[Tree]):
    """A directory, known by its path and the relative paths and contents of the files below.

    Hidden files count, empty directories do not. Links to directories are followed.

    Parameters
    ----------
    path : str or pathlib.Path
        A path or URL.

    Examples
    --------
    >>> import tempfile
    >>> results = Dir(tempfile.mkdtemp())
    >>> results.file("a/b.txt").write("b")
    >>> [results.rel_path(file.path) for file in results.files()]
    ['a/b.txt']
    """

    type_name = "redun.Dir"
    _kind = b"dir"

    def __init__(self, path: str | os.PathLike[str]) -> None:
        text = plain_path(path)
        super().__init__(text.rstrip("/") or text)

    def _look(self, earlier: Tree | None) -> Tree:
        filesystem = self.filesystem
        listing = filesystem.listing(self.path)
        known = earlier.files if earlier is not None else {}
        found = self._fingerprints(
            [filesystem.join(self.path, name) for name in listing.files],
            [known.get(name) for name in listing.files],
            listing.fingerprints,
        )
        files = dict(zip(listing.files, found, strict=True))
        return Tree(bool(files) or filesystem.isdir(self.path), files, listing.links)

    def _digest_of(self, seen: Tree) -> bytes:
        parts = [path_bytes(self.path), b"%d" % seen.exists, b"%d" % len(seen.files)]
        for name, file in seen.files.items():
            parts += (path_bytes(name), b"%d" % file.size, file.content)
        for name, target in seen.links:
            parts += (path_bytes(name), path_bytes(target))
        return digest(self._kind, *parts)

    def files(self) -> list[File]:
        """Return the files below, at any depth, sorted by path."""
        filesystem = self.filesystem
        names = filesystem.listing(self.path).files
        return [self.classes.File(filesystem.join(self.path, name)) for name in names]

    def __iter__(self) -> Iterator[File]:
        return iter(self.files())

    def __redun_parts__(self) -> list[File]:
        """Return the files as they were seen, to be recorded with the directory."""
        self._current()
        assert self._seen is not None
        filesystem = self.filesystem
        return [
            self.classes.File.seen(filesystem.join(self.path, name), fingerprint)
            for name, fingerprint in self._seen.files.items()
        ]

    def file(self, rel_path: str) -> File:
        """Return a file of the directory, which need not exist."""
        return self.classes.File(self.filesystem.join(self.path, rel_path))

    def rel_path(self, path: str) -> str:
        """Return a path relative to the directory.

        Raises
        ------
        ValueError
            The path is not below the directory.
        """
        below = self.path if self.path.endswith("/") else self.path + "/"
        if not path.startswith(below):
            raise ValueError(f"{path!r} is not below the directory {self.path!r}")
        return path[len(below) :]

    def mkdir(self) -> None:
        """Make the directory and those above it; one that exists is fine."""
        self.filesystem.mkdir(self.path)
        self.forget()

    def rmdir(self, recursive: bool = False) -> None:
        """Remove the directory, with `recursive` also what is in it; one that is missing is fine."""
        self.filesystem.rmdir(self.path, recursive)
        self.forget()

    def copy_to(self, dest_dir: Dir | str | os.PathLike[str], skip_if_exists: bool = False) -> Dir:
        """Copy all files to another directory, which is returned; with `skip_if_exists`, only those missing there."""
        dest = dest_dir if isinstance(dest_dir, Dir) else self.classes.Dir(dest_dir)
        files = self.files()
        if not files:
            if not self.filesystem.isdir(self.path):
                raise RedunFileNotFoundError(errno.ENOENT, "No such directory to copy", self.path)
            dest.mkdir()
        each(
            lambda file: file.copy_to(dest.file(self.rel_path(file.path)), skip_if_exists),
            files,
            max(self.filesystem.at_a_time, dest.filesystem.at_a_time),
        )
        dest.forget()
        return dest

    def shell_copy_to(self, dest_path: str | os.PathLike[str], as_mount: bool = False) -> str:
        """Return a shell command that copies the directory, so that `dest_path` is the copy, be it there or not."""
        return shell_copy(self.path, os.fspath(dest_path), recursive=True, as_mount=as_mount)

    def stage(self, local: str | os.PathLike[str] | None = None) -> StagingDir:
        """Return this directory together with the local path at which it is to be worked with.

        Parameters
        ----------
        local : str or pathlib.Path, optional
            Its own name in the working directory unless given; in that directory if it ends with ``/``.
        """
        from redun.file.staging import local_path

        return self.classes.StagingDir(local_path(local, self.path), self)
