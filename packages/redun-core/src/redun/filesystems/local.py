"""Files of this machine.

Floor: values.
"""

from __future__ import annotations

import os
from stat import S_ISDIR, S_ISREG
from typing import IO, Any

from redun.filesystems.atomic import LEFTOVER, Replacement, open_atomic
from redun.filesystems.base import DIRECTORY, MISSING, Entry, FileSystem, Fingerprint, Listing, Signature
from redun.filesystems.content import ContentReader, signature_of
from redun.filesystems.errors import naming
from redun.filesystems.shell import local_copy
from redun.filesystems.walk import list_directory

__all__ = ["LocalFileSystem"]

SPECIAL = Fingerprint(b"special", -1, None)
REMEMBERED = 100_000


class LocalFileSystem(FileSystem):
    """Files of this machine, by path.

    Examples
    --------
    >>> import tempfile
    >>> files, folder = LocalFileSystem(), tempfile.mkdtemp()
    >>> with files.open(f"{folder}/deep/note.txt", "w") as stream:
    ...     _ = stream.write("text")
    >>> files.filesize(f"{folder}/deep/note.txt"), files.isdir(f"{folder}/deep")
    (4, True)
    """

    scheme = "file"
    name = "local"
    writes_in_place = True

    def __init__(self) -> None:
        self._known: dict[str, Fingerprint] = {}
        self._read = ContentReader()

    def open(
        self, path: str, mode: str = "r", encoding: str | None = None, *, atomic: bool = True, **options: Any
    ) -> IO[Any]:
        with naming(path):
            if any(letter in mode for letter in "wax"):
                self._make_parents(path)
            if encoding is None and "b" not in mode:
                # Files must not read differently on machines of another locale.
                encoding = "utf-8"
            if atomic and "w" in mode and "opener" not in options:
                # A mistake in the arguments is told as Python does.
                stream = open_atomic(path, mode, encoding, **options)
                if stream is not None:
                    return stream
            return open(path, mode, encoding=encoding, **options)

    def exists(self, path: str) -> bool:
        return os.path.exists(path)

    def isfile(self, path: str) -> bool:
        return os.path.isfile(path)

    def isdir(self, path: str) -> bool:
        return os.path.isdir(path)

    def filesize(self, path: str) -> int:
        with naming(path):
            return os.path.getsize(path)

    def remove(self, path: str) -> None:
        with naming(path):
            try:
                os.remove(path)
            except FileNotFoundError:
                return

    def touch(self, path: str, time: float | None = None) -> None:
        with naming(path):
            self._make_parents(path)
            with open(path, "ab"):
                os.utime(path, None if time is None else (time, time))

    def mkdir(self, path: str) -> None:
        with naming(path):
            os.makedirs(path, exist_ok=True)

    def rmdir(self, path: str, recursive: bool = False) -> None:
        import shutil

        with naming(path):
            try:
                if recursive:
                    shutil.rmtree(path)
                else:
                    os.rmdir(path)
            except FileNotFoundError:
                return

    def glob(self, pattern: str) -> list[str]:
        import glob

        found = glob.glob(pattern, recursive=True, include_hidden=True)
        return sorted(path for path in found if LEFTOVER not in path)

    def listing(self, path: str) -> Listing:
        with naming(path):
            return list_directory(path)

    def entries(self, path: str) -> list[Entry]:
        with naming(path):
            try:
                found = sorted(os.scandir(path), key=lambda entry: entry.name)
            except (FileNotFoundError, NotADirectoryError):
                return []
            return [_entry(each) for each in found if LEFTOVER not in each.name]

    def copy(self, source: str, dest: str) -> None:
        import shutil

        with naming(source):
            self._make_parents(dest)
            replacement = Replacement.of(dest)
            if replacement is None:
                shutil.copyfile(source, dest)
                return
            try:
                shutil.copyfile(source, replacement.temporary)
            except BaseException:
                replacement.abandon()
                raise
            finally:
                replacement.finish()

    def move(self, source: str, dest: str) -> None:
        with naming(source):
            self._make_parents(dest)
            os.replace(source, dest)

    def modified(self, path: str) -> float | None:
        with naming(path):
            return os.stat(path).st_mtime

    def stat_signature(self, path: str) -> Signature | None:
        status = _status(path)
        return None if status is None else signature_of(status)

    def fingerprint(self, path: str, known: Fingerprint | None = None) -> Fingerprint:
        status = _status(path)
        if status is None:
            return MISSING
        if not S_ISREG(status.st_mode):
            return DIRECTORY if S_ISDIR(status.st_mode) else SPECIAL
        signature = signature_of(status)
        if known is not None and known.signature == signature:
            return known
        remembered = self._known.get(path)
        if remembered is not None and remembered.signature == signature:
            return remembered
        with naming(path):
            try:
                found = self._read(path)
            except FileNotFoundError:
                return MISSING
        if found.signature is not None:
            self._remember(path, found)
        return found

    def contents(self, path: str, known: Fingerprint | None = None) -> Fingerprint:
        return self.fingerprint(path, known)

    def shell_copy(
        self, source: str | None, dest: str | None, recursive: bool = False, as_mount: bool = False
    ) -> str:
        return local_copy(source, dest, recursive)

    def _remember(self, path: str, found: Fingerprint) -> None:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[path] = found

    def _make_parents(self, path: str) -> None:
        parent = os.path.dirname(path)
        if parent and not os.path.isdir(parent):
            os.makedirs(parent, exist_ok=True)


def _status(path: str) -> os.stat_result | None:
    with naming(path):
        try:
            return os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except ValueError:
            # A path with a null character is nobody's.
            return None


def _entry(found: os.DirEntry[str]) -> Entry:
    if found.is_dir():
        return Entry(found.path, None)
    try:
        return Entry(found.path, found.stat().st_size)
    except OSError:
        # A link that leads nowhere.
        return Entry(found.path, found.stat(follow_symlinks=False).st_size)
