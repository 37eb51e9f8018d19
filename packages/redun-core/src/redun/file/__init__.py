"""Files and directories as values: their content is what tasks depend on.

Floor: values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.file.content import (
    ContentDir,
    ContentFile,
    ContentFileSet,
    ContentStagingDir,
    ContentStagingFile,
)
from redun.file.directory import Dir
from redun.file.family import ContentFileClasses, FileClasses, IFileClasses
from redun.file.file import File
from redun.file.fileset import FileSet
from redun.file.immutable import IDir, IFile, IFileSet, IStagingDir, IStagingFile
from redun.file.staging import Staging, StagingDir, StagingFile
from redun.file.validity import validate
from redun.filesystems.base import FileSystem
from redun.filesystems.errors import RedunFileNotFoundError, RedunOSError, RedunPermissionError
from redun.filesystems.local import LocalFileSystem
from redun.filesystems.registry import register_filesystem
from redun.on_demand import importer

if TYPE_CHECKING:
    from redun.file.access import (
        copy_file,
        get_filesystem,
        get_filesystem_class,
        get_proto,
        glob_file,
        list_filesystems,
        open_file,
    )
    from redun.file.dataset import ShardedDataset, ShardedS3Dataset
    from redun.filesystems.http import HTTPFileSystem, HTTPSFileSystem

__all__ = [
    "ContentDir",
    "ContentFile",
    "ContentFileClasses",
    "ContentFileSet",
    "ContentStagingDir",
    "ContentStagingFile",
    "Dir",
    "File",
    "FileClasses",
    "FileSet",
    "FileSystem",
    "HTTPFileSystem",
    "HTTPSFileSystem",
    "IDir",
    "IFile",
    "IFileClasses",
    "IFileSet",
    "IStagingDir",
    "IStagingFile",
    "LocalFileSystem",
    "RedunFileNotFoundError",
    "RedunOSError",
    "RedunPermissionError",
    "ShardedDataset",
    "ShardedS3Dataset",
    "Staging",
    "StagingDir",
    "StagingFile",
    "copy_file",
    "get_filesystem",
    "get_filesystem_class",
    "get_proto",
    "glob_file",
    "list_filesystems",
    "open_file",
    "register_filesystem",
    "validate",
]

_ACCESS = "redun.file.access"
_LAZY = {
    "ShardedDataset": "redun.file.dataset",
    "ShardedS3Dataset": "redun.file.dataset",
    "HTTPFileSystem": "redun.filesystems.http",
    "HTTPSFileSystem": "redun.filesystems.http",
    "copy_file": _ACCESS,
    "get_filesystem": _ACCESS,
    "get_filesystem_class": _ACCESS,
    "get_proto": _ACCESS,
    "glob_file": _ACCESS,
    "list_filesystems": _ACCESS,
    "open_file": _ACCESS,
}

__getattr__ = importer(__name__, _LAZY)
