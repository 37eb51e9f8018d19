"""`File`: one file as a value.

Floor: values.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any, Literal, overload

from redun.file.reference import Reference, path_bytes
from redun.filesystems.base import FileSystem, Fingerprint
from redun.filesystems.errors import naming
from redun.filesystems.registry import shell_copy
from redun.hashing.digest import digest

if TYPE_CHECKING:
    from redun.file.staging import StagingFile

__all__ = ["File"]


class File(Reference[Fingerprint]):
    """A file, known by its path and content.

    Passed to a task, it is an input: the task runs again when the content changes. Returned from a task, it is an
    output: the task runs again when the content is no longer what it returned. Touching a file, or writing the
    same bytes again, changes nothing.

    Parameters
    ----------
    path : str or pathlib.Path
        A path or URL. Relative and absolute spellings are different values.

    Examples
    --------
    >>> import tempfile
    >>> file = File(tempfile.mkdtemp() + "/sample/reads.txt")
    >>> file.write("ACGT")
    >>> file.read(), file.size()
    ('ACGT', 4)
    """

    type_name = "redun.File"
    _kind = b"file"

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        self._writer: weakref.ref[IO[Any]] | None = None

    @classmethod
    def seen(cls, path: str, fingerprint: Fingerprint) -> File:
        """Return a file that holds on to what was seen of it."""
        file = cls(path)
        file._see(fingerprint)
        file._pinned = True
        return file

    @staticmethod
    def hold(filesystem: FileSystem, files: Sequence[File]) -> list[bool]:
        """Tell of each file of one file system whether it is still as seen."""
        now = filesystem.fingerprints([file.path for file in files], [file._seen for file in files])
        return [file._seen is None or file._seen.same(found) for file, found in zip(files, now, strict=True)]

    def _look(self, earlier: Fingerprint | None) -> Fingerprint:
        return self.filesystem.fingerprint(self.path, earlier)

    def _digest_of(self, seen: Fingerprint) -> bytes:
        return digest(self._kind, path_bytes(self.path), b"%d" % seen.size, seen.content)

    def _current(self) -> bytes:
        if self._writer is not None:
            self._pinned = False
            self._is_written()
        return super()._current()

    def _is_written(self) -> bool:
        """Tell whether somebody has it open for writing."""
        if self._writer is None:
            return False
        stream = self._writer()
        if stream is None or stream.closed:
            self._writer = None
        return self._writer is not None

    def __redun_refresh__(self) -> None:
        self._is_written()
        super().__redun_refresh__()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        super().__setstate__(state)
        self._writer = None

    def open(
        self, mode: str = "r", encoding: str | None = None, *, atomic: bool = True, **options: Any
    ) -> IO[Any]:
        """Open the file.

        A file of this machine that is opened with ``w`` changes in one step when the stream is closed: a task that is
        killed, or an exception in the ``with`` block, leaves what was there before. Until then the content lies at the
        stream's `name`, where other programs find what was flushed. Links and permissions stay; other hard links keep
        the old content. Modes ``a``, ``x`` and ``r+`` write in place.

        Parameters
        ----------
        mode, encoding, **options
            As for the builtin `open`; text is UTF-8 unless said otherwise. Directories are made for a file that is
            written, and its hash is taken anew.
        atomic : bool
            False writes in place with mode ``w`` too, for those who read the path meanwhile.
        """
        filesystem = self.filesystem
        if not atomic and filesystem.writes_in_place:
            options["atomic"] = False
        stream = filesystem.open(self.path, mode, encoding, **options)
        if any(letter in mode for letter in "wax+"):
            self.forget()
            self._writer = weakref.ref(stream)
        return stream

    @overload
    def read(self, mode: Literal["r"] = "r", encoding: str | None = None) -> str: ...
    @overload
    def read(self, mode: Literal["rb"], encoding: None = None) -> bytes: ...
    @overload
    def read(self, mode: str, encoding: str | None = None) -> Any: ...
    def read(self, mode: str = "r", encoding: str | None = None) -> Any:
        """Return the content as text, or as bytes with mode ``rb``."""
        with self.open(mode, encoding) as stream:
            return stream.read()

    @overload
    def readlines(self, mode: Literal["r"] = "r", encoding: str | None = None) -> list[str]: ...
    @overload
    def readlines(self, mode: Literal["rb"], encoding: None = None) -> list[bytes]: ...
    @overload
    def readlines(self, mode: str, encoding: str | None = None) -> list[Any]: ...
    def readlines(self, mode: str = "r", encoding: str | None = None) -> list[Any]:
        """Return the lines, with their line ends."""
        with self.open(mode, encoding) as stream:
            return stream.readlines()

    def write(self, data: str | bytes, mode: str = "w", encoding: str | None = None) -> None:
        """Write the content; bytes are written as such."""
        if not isinstance(data, str) and "b" not in mode:
            mode += "b"
        with self.open(mode, encoding) as stream:
            stream.write(data)

    def touch(self, time: float | None = None) -> None:
        """Make an empty file, or set the times of one that exists (seconds since the epoch, default now)."""
        self.filesystem.touch(self.path, time)
        self.forget()

    def remove(self) -> None:
        """Remove the file; one that is missing is fine."""
        self.filesystem.remove(self.path)
        self.forget()

    def size(self) -> int:
        """Return the number of bytes."""
        return self.filesystem.filesize(self.path)

    def isfile(self) -> bool:
        """Tell whether it exists as a file."""
        return self.filesystem.isfile(self.path)

    def isdir(self) -> bool:
        """Tell whether it exists as a directory."""
        return self.filesystem.isdir(self.path)

    def basename(self) -> str:
        """Return the last part of the path."""
        return os.path.basename(self.path)

    def dirname(self) -> str:
        """Return the path without its last part."""
        return os.path.dirname(self.path)

    def copy_to(self, dest_file: File | str | os.PathLike[str], skip_if_exists: bool = False) -> File:
        """Copy to another file, which is returned; with `skip_if_exists`, only if there is none."""
        dest = dest_file if isinstance(dest_file, File) else self.classes.File(dest_file)
        if skip_if_exists and dest.exists():
            return dest
        if dest.filesystem is self.filesystem:
            self.filesystem.copy(self.path, dest.path)
        else:
            self._copy_through(dest)
        dest.forget()
        return dest

    def _copy_through(self, dest: File) -> None:
        from shutil import copyfileobj

        with naming(dest.path), self.open("rb") as source, dest.open("wb") as target:
            copyfileobj(source, target, 1 << 20)

    def shell_copy_to(self, dest_path: str | os.PathLike[str] | None, as_mount: bool = False) -> str:
        """Return a shell command that copies the file to a path, None being standard output."""
        return shell_copy(self.path, None if dest_path is None else os.fspath(dest_path), as_mount=as_mount)

    def stage(self, local: str | os.PathLike[str] | None = None) -> StagingFile:
        """Return this file together with the local path at which it is to be worked with.

        Parameters
        ----------
        local : str or pathlib.Path, optional
            Its own name in the working directory unless given; in that directory if it ends with ``/``.
        """
        from redun.file.staging import local_path

        return self.classes.StagingFile(local_path(local, self.path), self)
