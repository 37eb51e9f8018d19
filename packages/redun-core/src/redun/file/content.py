"""`ContentFile` and its family: known by path and bytes, which must be there.

Floor: values. A `File` on this machine is known by its bytes too; elsewhere it may be known by what its file system
vouches for, such as an ETag, while a `ContentFile` is read. And a missing `ContentFile` is an error, not a value.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence

from redun.file.directory import Dir
from redun.file.file import File
from redun.file.fileset import FileSet
from redun.file.staging import StagingDir, StagingFile
from redun.filesystems.base import FileSystem, Fingerprint
from redun.filesystems.errors import RedunFileNotFoundError, RedunOSError
from redun.filesystems.parallel import each
from redun.hashing.digest import HASH_SIZE

__all__ = ["ContentDir", "ContentFile", "ContentFileSet", "ContentStagingDir", "ContentStagingFile"]


class _ByContent:
    filesystem: FileSystem

    def _fingerprints(
        self,
        paths: Sequence[str],
        known: Sequence[Fingerprint | None],
        listed: list[Fingerprint] | None,
    ) -> list[Fingerprint]:
        filesystem = self.filesystem
        pairs = list(zip(paths, known, strict=True))
        return each(lambda pair: filesystem.contents(*pair), pairs, filesystem.at_a_time)


class ContentFile(File):
    """A file known by its path and its bytes, on every file system; if it is missing, that is an error.

    Examples
    --------
    >>> import tempfile
    >>> file = ContentFile(tempfile.mkdtemp() + "/reads.txt")
    >>> file.write("ACGT")
    >>> before = file.hash
    >>> file.touch()
    >>> file.hash == before
    True
    """

    type_name = "redun.ContentFile"
    _kind = b"content file"

    def _look(self, earlier: Fingerprint | None) -> Fingerprint:
        found = self.filesystem.contents(self.path, earlier)
        if not found.exists:
            raise RedunFileNotFoundError(
                errno.ENOENT, f"No such file, and a {type(self).__name__} is known by its bytes", self.path
            )
        if len(found.content) != HASH_SIZE:
            raise RedunOSError(
                errno.EINVAL,
                f"Not a regular file, and a {type(self).__name__} is known by its bytes",
                self.path,
            )
        return found

    def __redun_valid__(self) -> bool:
        try:
            return super().__redun_valid__()
        except RedunOSError:
            return False


class ContentFileSet(_ByContent, FileSet):
    """The files that match a pattern, known by their bytes.

    Examples
    --------
    >>> ContentFileSet("/nowhere/*.fa").files()
    []
    """

    type_name = "redun.ContentFileSet"
    _kind = b"content fileset"


class ContentDir(_ByContent, Dir):
    """A directory known by the bytes of its files, which are of class `ContentFile`.

    Examples
    --------
    >>> ContentDir("/data").file("genome.fa")
    ContentFile(path=/data/genome.fa)
    """

    type_name = "redun.ContentDir"
    _kind = b"content dir"


class ContentStagingFile(StagingFile):
    """A `StagingFile` of files known by their bytes.

    Examples
    --------
    >>> from redun.file import ContentFile
    >>> type(ContentFile("/data/genome.fa").stage()).__name__
    'ContentStagingFile'
    """

    type_name = "redun.ContentStagingFile"


class ContentStagingDir(StagingDir):
    """A `StagingDir` of directories known by the bytes of their files.

    Examples
    --------
    >>> from redun.file import ContentDir
    >>> type(ContentDir("/data").stage()).__name__
    'ContentStagingDir'
    """

    type_name = "redun.ContentStagingDir"
