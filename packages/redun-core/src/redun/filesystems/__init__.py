"""File systems: how files are opened, listed and told apart, by URL scheme.

Floor: values. The local file system is built in; others come from plugins.
"""

from __future__ import annotations

from redun.filesystems.base import FileSystem, Fingerprint, Signature
from redun.filesystems.errors import RedunFileNotFoundError, RedunOSError, RedunPermissionError
from redun.filesystems.registry import get_filesystem, list_schemes, set_filesystem_resolver

__all__ = [
    "FileSystem",
    "Fingerprint",
    "RedunFileNotFoundError",
    "RedunOSError",
    "RedunPermissionError",
    "Signature",
    "get_filesystem",
    "list_schemes",
    "set_filesystem_resolver",
]
