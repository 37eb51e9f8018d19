"""Errors of file operations, which are also those of Python and always name the path.

Floor: values.
"""

from __future__ import annotations

from types import TracebackType

from redun.errors import FileSystemError

__all__ = [
    "RedunFileExistsError",
    "RedunFileNotFoundError",
    "RedunIsADirectoryError",
    "RedunOSError",
    "RedunPermissionError",
    "naming",
]

RedunOSError = FileSystemError


class RedunFileNotFoundError(FileSystemError, FileNotFoundError):
    """There is no such file or directory."""


class RedunPermissionError(FileSystemError, PermissionError):
    """The file may not be used in this way."""


class RedunFileExistsError(FileSystemError, FileExistsError):
    """There is such a file already."""


class RedunIsADirectoryError(FileSystemError, IsADirectoryError):
    """It is a directory."""


_NAMED: dict[type[OSError], type[FileSystemError]] = {
    FileNotFoundError: RedunFileNotFoundError,
    PermissionError: RedunPermissionError,
    FileExistsError: RedunFileExistsError,
    IsADirectoryError: RedunIsADirectoryError,
}


class naming:  # noqa: N801 (reads as a statement)
    """Turn errors of the operating system in a ``with`` block into redun's, with the path in the message."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, OSError) or isinstance(error, FileSystemError):
            return
        named = next((ours for theirs, ours in _NAMED.items() if isinstance(error, theirs)), FileSystemError)
        reason = error.strerror or str(error) or type(error).__name__
        raise named(error.errno, reason, error.filename or self._path) from error
