"""Writing a local file so that nobody ever finds half of it.

Floor: values. What is written lies in a directory of its own beside the file until the stream is closed, then takes the
file's place in one step. The directory, rather than a name of its own, keeps the base name and suffix that libraries
look at, and listings leave it out should a killed process leave it behind. Nothing is forced to disk: this guards
against processes that die, not against power cuts.
"""

from __future__ import annotations

import io
import os
from contextlib import suppress
from stat import S_IMODE, S_ISLNK, S_ISREG
from typing import IO, Any

from redun.filesystems.errors import naming
from redun.filesystems.owners import owned_name

__all__ = ["LEFTOVER", "Replacement", "open_atomic"]

LEFTOVER = ".redun-writing-"
"""What the names of the directories begin with."""

_BUFFER = 1 << 16
_MODES = {"w", "tw", "bw", "+w", "+tw", "+bw"}


class Replacement:
    """New content for a path, on its way.

    Attributes
    ----------
    path : str
        The file to be replaced; what a link points to, not the link.
    temporary : str
        Where to write.
    """

    __slots__ = ("_folder", "_given", "_process", "_wanted", "path", "temporary")

    def __init__(self, given: str, path: str, folder: str) -> None:
        self._given = given
        self.path = path
        self._folder = folder
        self.temporary = os.path.join(folder, os.path.basename(path))
        self._process = os.getpid()
        self._wanted = True

    @classmethod
    def of(cls, path: str) -> Replacement | None:
        """Begin to replace a file, whose directory must exist.

        Returns
        -------
        Replacement or None
            None if it must be written where it is: a device, a pipe, or in a directory where nothing can be made.

        Raises
        ------
        OSError
            The file is there and may not be written, or is a directory.
        """
        target = path
        status: os.stat_result | None
        try:
            status = os.lstat(path)
            if S_ISLNK(status.st_mode):
                target = os.path.realpath(path)
                status = os.stat(target)
        except FileNotFoundError:
            status = None
        if status is not None:
            if not S_ISREG(status.st_mode):
                return None
            # Replacing needs no permission to write the file itself; whoever took that away meant it.
            os.close(os.open(target, os.O_WRONLY | getattr(os, "O_CLOEXEC", 0)))
        folder = os.path.join(os.path.dirname(target), owned_name(LEFTOVER))
        try:
            os.mkdir(folder)
        except OSError:
            return None
        made = cls(path, target, folder)
        if status is not None:
            made._take_after(status)
        return made

    def _take_after(self, status: os.stat_result) -> None:
        number = os.open(self.temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with suppress(OSError):
                if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
                    os.fchown(number, status.st_uid, status.st_gid)
            os.fchmod(number, S_IMODE(status.st_mode))
        finally:
            os.close(number)

    def abandon(self) -> None:
        """Leave the file as it was."""
        self._wanted = False

    def finish(self) -> str:
        """Put the new content in place, unless abandoned, and return the path where it is now."""
        if self._process != os.getpid():
            # A forked child that lets go of its copy of the stream: the parent is still writing.
            return self.temporary
        try:
            if self._wanted:
                with naming(self._given):
                    self._place()
        finally:
            with suppress(OSError):
                os.unlink(self.temporary)
            with suppress(OSError):
                os.rmdir(self._folder)
        return self._given

    def _place(self) -> None:
        try:
            os.replace(self.temporary, self.path)
        except OSError as error:
            if not os.path.isfile(self.path):
                reason = error.strerror or type(error).__name__
                raise OSError(
                    error.errno,
                    f"{reason}, or its directory is gone since it was opened for writing",
                    self._given,
                ) from error
            # A file that is mounted by itself, as in containers, can be written but not replaced.
            import shutil

            shutil.copyfile(self.temporary, self.path)


def open_atomic(
    path: str, mode: str, encoding: str | None, buffering: int = -1, **options: Any
) -> IO[Any] | None:
    """Open a file for writing from scratch; None if it must be written where it is, or Python would refuse.

    The stream's `name` is the file that is being written, and once closed the path. An exception in its ``with`` block
    leaves the path as it was.
    """
    binary = "b" in mode
    if "".join(sorted(mode)) not in _MODES or (binary and (encoding or options)):
        return None
    if buffering == 0 and not binary:
        # Python says so too, but truncates the file first.
        raise ValueError("can't have unbuffered text I/O")
    replacement = Replacement.of(path)
    if replacement is None:
        return None
    try:
        raw = _Raw(replacement, "w+" if "+" in mode else "w")
        if buffering == 0:
            return raw
        size = buffering if buffering > 1 else _BUFFER
        buffered = _Random(raw, size) if "+" in mode else _Writer(raw, size)
        if binary:
            return buffered
        text = _Text(buffered, encoding, line_buffering=buffering == 1, **options)
        text.mode = mode
        return text
    except BaseException:
        replacement.abandon()
        replacement.finish()
        raise


class _Raw(io.FileIO):
    def __init__(self, replacement: Replacement, mode: str) -> None:
        super().__init__(replacement.temporary, mode)
        self.replacement = replacement

    def close(self) -> None:
        if self.closed:
            return
        try:
            super().close()
        except BaseException:
            self.replacement.abandon()
            raise
        finally:
            self.name = self.replacement.finish()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None:
            self.replacement.abandon()
        self.close()


class _Closing:
    """Abandons the replacement when the ``with`` block or the last flush fails."""

    def _abandon(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        if self.closed:  # type: ignore[attr-defined]
            return
        try:
            self.flush()  # type: ignore[attr-defined]
        except BaseException:
            self._abandon()
            raise
        finally:
            super().close()  # type: ignore[misc]

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None:
            self._abandon()
        self.close()


class _Writer(_Closing, io.BufferedWriter):
    def _abandon(self) -> None:
        self.raw.replacement.abandon()  # type: ignore[attr-defined]


class _Random(_Closing, io.BufferedRandom):
    def _abandon(self) -> None:
        self.raw.replacement.abandon()  # type: ignore[attr-defined]


class _Text(_Closing, io.TextIOWrapper):
    mode: str

    # Asked for by every write of a subclass: three properties down, it would double the time of a short one. One that
    # could not be made, as its encoding is unknown, has nothing to close.
    closed = True

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.closed = False

    def close(self) -> None:
        if self.closed:
            return
        try:
            if not self.buffer.closed:
                super().close()
        finally:
            self.closed = True

    def _abandon(self) -> None:
        self.buffer._abandon()  # type: ignore[attr-defined]
