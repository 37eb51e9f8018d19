"""Files and directories as values: their content is what tasks depend on.

Floor: values.
"""

from __future__ import annotations

from redun.file.directory import Dir
from redun.file.file import File
from redun.file.validity import validate
from redun.filesystems.base import FileSystem
from redun.filesystems.errors import RedunFileNotFoundError, RedunOSError, RedunPermissionError
from redun.filesystems.registry import get_filesystem

__all__ = [
    "Dir",
    "File",
    "FileSystem",
    "RedunFileNotFoundError",
    "RedunOSError",
    "RedunPermissionError",
    "get_filesystem",
    "validate",
]
