"""Several files as one value: what such values have in common, and `FileSet`, the files that match a pattern.

Floor: values.
"""

from __future__ import annotations

from collections.abc import Iterator

from redun.file.file import File
from redun.file.reference import Reference, path_bytes
from redun.filesystems.base import DIRECTORY, Fingerprint, Listing
from redun.hashing.digest import digest

__all__ = ["Collection", "FileSet"]


class Collection(Reference[dict[str, Fingerprint]]):
    """Base of values that are a number of files, known by their paths and contents."""

    def _listing(self) -> Listing:
        """Return the paths of the files that are there now, sorted; directories are left out later."""
        raise NotImplementedError

    def _look(self, earlier: dict[str, Fingerprint] | None) -> dict[str, Fingerprint]:
        paths, _, listed = self._listing()
        known = earlier or {}
        found = self._fingerprints(paths, [known.get(path) for path in paths], listed)
        return {
            path: file
            for path, file in zip(paths, found, strict=True)
            if file.exists and file.content != DIRECTORY.content
        }

    def _digest_of(self, seen: dict[str, Fingerprint]) -> bytes:
        parts = [path_bytes(self.path)]
        for path, file in seen.items():
            parts += (path_bytes(path), b"%d" % file.size, file.content)
        return digest(self._kind, *parts)

    def files(self) -> list[File]:
        """Return the files that are there now, sorted by path."""
        paths, _, listed = self._listing()
        if listed is None:
            isdir = self.filesystem.isdir
            return [self.classes.File(path) for path in paths if not isdir(path)]
        seen = zip(paths, listed, strict=True)
        return [self.classes.File(path) for path, file in seen if file.content != DIRECTORY.content]

    def __iter__(self) -> Iterator[File]:
        return iter(self.files())

    def exists(self) -> bool:
        """Tell whether there is any file."""
        return bool(self.files())

    def __redun_parts__(self) -> list[File]:
        """Return the files as they were seen, to be recorded with this value."""
        self._current()
        return [self.classes.File.seen(path, file) for path, file in (self._seen or {}).items()]


class FileSet(Collection):
    """The files that match a pattern, known by the pattern and by the paths and contents of the files.

    Hidden files match too. Directories that match do not count.

    Parameters
    ----------
    pattern : str or pathlib.Path
        A path or URL with ``*``, ``?``, ``[…]``, or ``**`` for any number of directories.

    Examples
    --------
    >>> from redun import File, FileSet
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> for name in ("a.txt", "b.txt", "c.csv"):
    ...     File(f"{folder}/{name}").write(name)
    >>> [file.basename() for file in FileSet(f"{folder}/*.txt")]
    ['a.txt', 'b.txt']
    """

    type_name = "redun.FileSet"
    _kind = b"fileset"

    @property
    def pattern(self) -> str:
        """The pattern, as given."""
        return self.path

    def _listing(self) -> Listing:
        return self.filesystem.matching(self.path)
