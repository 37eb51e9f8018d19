"""Which classes go together: a directory gives files, and files staging files, of its own way of being known.

Floor: values.
"""

from __future__ import annotations

from redun.file.content import ContentDir, ContentFile, ContentFileSet, ContentStagingDir, ContentStagingFile
from redun.file.directory import Dir
from redun.file.file import File
from redun.file.fileset import FileSet
from redun.file.immutable import IDir, IFile, IFileSet, IStagingDir, IStagingFile
from redun.file.reference import Reference
from redun.file.staging import Staging, StagingDir, StagingFile

__all__ = ["ContentFileClasses", "FileClasses", "IFileClasses"]


class FileClasses:
    """Known by path and content; a missing file is a value too.

    Examples
    --------
    >>> from redun.file import Dir
    >>> Dir("/data").classes.File.__name__
    'File'
    """

    File: type[File] = File
    FileSet: type[FileSet] = FileSet
    Dir: type[Dir] = Dir
    StagingFile: type[StagingFile] = StagingFile
    StagingDir: type[StagingDir] = StagingDir


class IFileClasses(FileClasses):
    """Known by path alone.

    Examples
    --------
    >>> from redun.file import IDir
    >>> IDir("/data").classes.File.__name__
    'IFile'
    """

    File = IFile
    FileSet = IFileSet
    Dir = IDir
    StagingFile = IStagingFile
    StagingDir = IStagingDir


class ContentFileClasses(FileClasses):
    """Known by path and bytes, which must be there.

    Examples
    --------
    >>> from redun.file import ContentDir
    >>> ContentDir("/data").classes.File.__name__
    'ContentFile'
    """

    File = ContentFile
    FileSet = ContentFileSet
    Dir = ContentDir
    StagingFile = ContentStagingFile
    StagingDir = ContentStagingDir


Reference.classes = Staging.classes = FileClasses
for _family in (IFileClasses, ContentFileClasses):
    for _member in (_family.File, _family.FileSet, _family.Dir, _family.StagingFile, _family.StagingDir):
        _member.classes = _family
