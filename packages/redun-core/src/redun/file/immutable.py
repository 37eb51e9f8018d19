"""`IFile` and its family: known by path alone, for what never changes where it lies.

Floor: values. Nothing is looked at, so they cost nothing however large the files, and notice nothing either.
"""

from __future__ import annotations

from typing import Any

from redun.file.directory import Dir, Tree
from redun.file.file import File
from redun.file.fileset import FileSet
from redun.file.reference import path_bytes
from redun.file.staging import StagingDir, StagingFile
from redun.filesystems.base import Fingerprint
from redun.hashing.digest import digest

__all__ = ["IDir", "IFile", "IFileSet", "IStagingDir", "IStagingFile"]

_UNSEEN = Fingerprint(b"unseen", -1, None)


class _ByPath:
    type_name: str | None
    path: str

    def _digest_of(self, seen: Any) -> bytes:
        return digest(b"by path", str(self.type_name).encode(), path_bytes(self.path))

    def __redun_valid__(self) -> bool:
        return True


class IFile(_ByPath, File):
    """A file known by its path alone: its content may be read but never matters.

    Results that hold one are replayed even if the file changed or is gone.

    Examples
    --------
    >>> reference = IFile("/data/genome.fa")
    >>> reference.hash == IFile("/data/genome.fa").hash, reference.is_valid()
    (True, True)
    """

    type_name = "redun.IFile"

    def _look(self, earlier: Fingerprint | None) -> Fingerprint:
        return _UNSEEN


class IFileSet(_ByPath, FileSet):
    """The files that match a pattern, known by the pattern alone.

    Examples
    --------
    >>> IFileSet("/data/*.fa").hash == IFileSet("/data/*.fa").hash
    True
    """

    type_name = "redun.IFileSet"

    def _look(self, earlier: dict[str, Fingerprint] | None) -> dict[str, Fingerprint]:
        return {}


class IDir(_ByPath, Dir):
    """A directory known by its path alone; its files are of class `IFile`.

    Examples
    --------
    >>> IDir("/data").file("genome.fa")
    IFile(path=/data/genome.fa)
    """

    type_name = "redun.IDir"

    def _look(self, earlier: Tree | None) -> Tree:
        return Tree(True, {}, [])


class IStagingFile(StagingFile):
    """A `StagingFile` of files known by path alone.

    Examples
    --------
    >>> from redun.file import IFile
    >>> type(IFile("/data/genome.fa").stage()).__name__
    'IStagingFile'
    """

    type_name = "redun.IStagingFile"


class IStagingDir(StagingDir):
    """A `StagingDir` of directories known by path alone.

    Examples
    --------
    >>> from redun.file import IDir
    >>> type(IDir("/data").stage()).__name__
    'IStagingDir'
    """

    type_name = "redun.IStagingDir"
