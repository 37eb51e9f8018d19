"""Files by URL in functions: open, copy, glob, and which file system serves what.

Floor: values. The names of redun 0.44, in which files of this machine have the protocol ``local``.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from typing import IO, Any

from redun.errors import PluginError
from redun.file.directory import Dir
from redun.file.file import File
from redun.filesystems import registry
from redun.filesystems.base import FileSystem

__all__ = [
    "copy_file",
    "get_filesystem",
    "get_filesystem_class",
    "get_proto",
    "glob_file",
    "list_filesystems",
    "open_file",
]

Path = str | os.PathLike[str]


def get_proto(url: str | None = None) -> str:
    """Return the protocol of a path or URL, ``local`` if it names none.

    Examples
    --------
    >>> get_proto("s3://bucket/reads.fa"), get_proto("reads.fa")
    ('s3', 'local')
    """
    scheme = registry.scheme_of(url or "")
    return "local" if scheme == "file" else scheme


def get_filesystem(proto: str | None = None, url: str | None = None) -> FileSystem:
    """Return the file system of a protocol, or the one that serves a URL.

    Raises
    ------
    UnknownProviderError
        Nobody supplies it; the message says what to install.

    Examples
    --------
    >>> get_filesystem("local") is get_filesystem(url="data/reads.fa")
    True
    """
    if proto is None:
        return registry.get_filesystem(url or "")
    return registry.get_filesystem("" if proto in ("local", "") else f"{proto}://")


def get_filesystem_class(proto: str | None = None, url: str | None = None) -> type[FileSystem]:
    """Return the class of a file system; see `get_filesystem`.

    Examples
    --------
    >>> get_filesystem_class("local").__name__
    'LocalFileSystem'
    """
    return type(get_filesystem(proto, url))


def list_filesystems() -> list[type[FileSystem]]:
    """Return the classes of all file systems that can be had, sorted by scheme.

    Examples
    --------
    >>> [cls.name for cls in list_filesystems()][:3]
    ['local', 'http', 'https']
    """
    found: list[type[FileSystem]] = []
    for scheme in registry.list_schemes():
        try:
            cls = type(registry.get_filesystem(f"{scheme}://" if scheme != "file" else ""))
        except PluginError:
            continue
        if cls not in found:
            found.append(cls)
    return found


def open_file(url: Path, mode: str = "r", encoding: str | None = None, **options: Any) -> IO[Any]:
    """Open a path or URL as `File.open` does.

    Examples
    --------
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/reads.txt"
    >>> with open_file(path, "w") as stream:
    ...     _ = stream.write("ACGT")
    >>> open_file(path).read()
    'ACGT'
    """
    return File(url).open(mode, encoding, **options)


def copy_file(src_path: Path | None, dest_path: Path | None, recursive: bool = False) -> None:
    """Copy between any two file systems.

    Parameters
    ----------
    src_path, dest_path : str, pathlib.Path or None
        None is standard input or output.
    recursive : bool
        Copy a directory; `dest_path` becomes the copy.

    Raises
    ------
    FileSystemError
        Something cannot be read or written; the message names the path.

    Examples
    --------
    >>> from redun.file import File, copy_file
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> File(f"{folder}/a").write("text")
    >>> copy_file(f"{folder}/a", f"{folder}/b")
    >>> File(f"{folder}/b").read()
    'text'
    """
    if src_path is not None and dest_path is not None:
        if recursive:
            Dir(src_path).copy_to(dest_path)
        else:
            File(src_path).copy_to(dest_path)
        return
    if recursive:
        raise ValueError(
            "A directory cannot be copied from standard input or to standard output; give two paths."
        )
    from shutil import copyfileobj

    source = nullcontext(sys.stdin.buffer) if src_path is None else File(src_path).open("rb")
    dest = nullcontext(sys.stdout.buffer) if dest_path is None else File(dest_path).open("wb")
    with source as reading, dest as writing:
        copyfileobj(reading, writing, 1 << 20)
        writing.flush()


def glob_file(pattern: Path) -> list[str]:
    """Return the paths or URLs that match a pattern, sorted; directories too.

    Examples
    --------
    >>> glob_file("/nowhere/*.txt")
    []
    """
    text = os.fspath(pattern)
    return registry.get_filesystem(text).glob(text)
