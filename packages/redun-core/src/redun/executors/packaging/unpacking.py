"""Unpacking a code package where calls run.

Floor: executors. Whatever the archive says, nothing is written but regular files below the folder, and no more than a
package may hold; then its content must have the hash that it is named after.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from gzip import BadGzipFile, GzipFile
from io import BytesIO
from typing import IO, cast

from redun.errors import ExecutorError
from redun.executors.packaging.contents import MAX_SIZE, content_hash, file_digest
from redun.executors.packaging.private import private_folder
from redun.filesystems.registry import get_filesystem

__all__ = ["unpack", "unpacked"]

_HASH = re.compile(r"([0-9a-f]{40})\.tar\.gz$")
_DAMAGE = (tarfile.TarError, zlib.error, BadGzipFile, EOFError, UnicodeError)

MAX_STREAM = MAX_SIZE + (64 << 20)
"""Bytes of an archive, its headers included."""

KEPT_S = 30 * 86400
"""Seconds after which an unpacked package that nobody used any more is removed."""


def unpack(package: str | bytes, folder: str) -> list[str]:
    """Unpack a package into a folder, over what is there, and return the names of its files.

    Parameters
    ----------
    package : str or bytes
        Its URL, or itself.
    folder : str
        Made if it does not exist.

    Raises
    ------
    ExecutorError
        It is not there, damaged, or holds what no package does.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from redun.executors.packaging import archive
    >>> unpack(archive(mkdtemp()).data, mkdtemp())
    []
    """
    if isinstance(package, bytes):
        return _unpacked_stream(BytesIO(package), folder, "the code package", None)
    wanted = _HASH.search(package)
    try:
        stream = get_filesystem(package).open(package, "rb")
    except FileNotFoundError as error:
        raise ExecutorError(
            f"The code package {package} is not there any more; running the workflow again uploads it."
        ) from error
    with stream:
        return _unpacked_stream(stream, folder, f"the code package {package}", wanted and wanted[1])


def unpacked(url: str, cache: str | None = None) -> str:
    """Return a folder that holds an unpacked package, shared by all workers of this machine and user.

    Parameters
    ----------
    url : str
        Where the package lies, named after its hash.
    cache : str, optional
        The folder that such folders are kept in.

    Raises
    ------
    ExecutorError
        As for `unpack`.
    """
    wanted = _HASH.search(url)
    if wanted is None:
        raise ExecutorError(f"{url} is not named as code packages are, after a hash: <40 hex digits>.tar.gz.")
    kept = os.path.join(cache or private_folder("redun-code"), wanted[1])
    if not _intact(kept, wanted[1]):
        _make(url, kept)
    with suppress(OSError):
        os.utime(kept)
    return os.path.join(kept, "code")


def _make(url: str, kept: str) -> None:
    from shutil import rmtree
    from tempfile import mkdtemp

    above, hash_ = os.path.split(kept)
    _clear(above)
    fresh = mkdtemp(prefix=f"{hash_}.", dir=above)
    try:
        names = unpack(url, os.path.join(fresh, "code"))
        with open(os.path.join(fresh, "files.json"), "w", encoding="utf-8") as file:
            json.dump(names, file)
        if os.path.isdir(kept) and not _intact(kept, hash_):
            # Out of the way: whoever imported from it has what it needs, or would have failed anyway.
            os.rename(kept, os.path.join(fresh, "damaged"))
        with suppress(OSError):
            # Fails where another worker was faster: then its folder is as good.
            os.rename(fresh, kept)
    finally:
        rmtree(fresh, ignore_errors=True)
        rmtree(os.path.join(kept, "damaged"), ignore_errors=True)


def _intact(kept: str, hash_: str) -> bool:
    """Tell whether a folder still holds a package: temporary folders get cleaned, a file at a time."""
    code = os.path.join(kept, "code")
    digests = []
    try:
        with open(os.path.join(kept, "files.json"), encoding="utf-8") as file:
            names = json.load(file)
        for name in names:
            with open(os.path.join(code, name), "rb") as file:
                executable = bool(os.fstat(file.fileno()).st_mode & stat.S_IXUSR)
                digests.append(file_digest(name, executable, file.read()))
    except (OSError, ValueError):
        return False
    return content_hash(digests) == hash_


def _clear(cache: str) -> None:
    from shutil import rmtree
    from time import time

    for entry in os.scandir(cache):
        with suppress(OSError):
            if time() - entry.stat(follow_symlinks=False).st_mtime > KEPT_S:
                rmtree(entry.path)


def _unpacked_stream(stream: IO[bytes], folder: str, described: str, wanted: str | None) -> list[str]:
    names, digests = [], []
    try:
        target = _Target(folder, described)
        for name, executable, content in _entries(stream, described):
            target.write(name, executable, content)
            names.append(name)
            digests.append(file_digest(name, executable, content))
    except _Unwritable as error:
        raise ExecutorError(f"{_capital(described)} cannot be unpacked into {folder}: {error}") from error
    except _DAMAGE as error:
        raise _damaged(described, str(error) or type(error).__name__) from error
    found = content_hash(digests)
    if wanted is not None and found != wanted:
        raise _damaged(described, f"its content has the hash {found}")
    return names


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _damaged(described: str, why: str) -> ExecutorError:
    return ExecutorError(
        f"{_capital(described)} is damaged: {why}. Remove it, and running the workflow again uploads it anew."
    )


def _entries(stream: IO[bytes], described: str) -> Iterator[tuple[str, bool, bytes]]:
    """Yield name, executable bit and content of each file of an archive."""
    total = 0
    with (
        GzipFile(fileobj=stream, mode="rb") as plain,
        tarfile.open(fileobj=cast(IO[bytes], _Bounded(plain, described)), mode="r|") as tar,
    ):
        for entry in tar:
            if entry.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or entry.sparse is not None:
                raise _refused(described, f"{entry.name!r} is no regular file")
            parts = entry.name.split("/")
            if any(part in ("", ".", "..") for part in parts) or "\0" in entry.name:
                raise _refused(described, f"{entry.name!r} would lie outside of the folder")
            total += entry.size
            if total > MAX_SIZE:
                raise _refused(described, f"it holds more than {MAX_SIZE >> 20} MiB")
            opened = tar.extractfile(entry)
            assert opened is not None
            yield entry.name, bool(entry.mode & stat.S_IXUSR), opened.read()


def _refused(described: str, why: str) -> ExecutorError:
    return ExecutorError(f"{_capital(described)} is not unpacked: {why}.")


class _Bounded:
    """Reads no more of a stream than an archive may have: headers too can be blown up."""

    def __init__(self, stream: GzipFile, described: str) -> None:
        self._stream = stream
        self._described = described
        self._left = MAX_STREAM

    def read(self, size: int) -> bytes:
        found = self._stream.read(size)
        self._left -= len(found)
        if self._left < 0:
            raise _refused(self._described, f"it holds more than {MAX_SIZE >> 20} MiB")
        return found


class _Unwritable(Exception):
    """The fault lies with the folder, not with the package."""


class _Target:
    """Where a package is unpacked; links that are there already lead nowhere else."""

    def __init__(self, folder: str, described: str) -> None:
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise _Unwritable(f"{error.strerror}: {error.filename or folder}") from error
        self._folder = os.path.realpath(folder)
        self._described = described
        self._checked = {self._folder}

    def write(self, name: str, executable: bool, content: bytes) -> None:
        path = os.path.join(self._folder, name)
        above = os.path.dirname(path)
        try:
            if above not in self._checked:
                os.makedirs(above, exist_ok=True)
                if os.path.realpath(above) != above:
                    raise _refused(self._described, f"{above} is a link there already")
                self._checked.add(above)
            with suppress(FileNotFoundError):
                os.unlink(path)
            # No mode more than asked for: the umask has its say.
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with open(os.open(path, flags, 0o777 if executable else 0o666), "wb") as file:
                file.write(content)
        except OSError as error:
            raise _Unwritable(f"{error.strerror}: {error.filename or path}") from error
