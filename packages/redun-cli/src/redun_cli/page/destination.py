"""The file that a page or a drawing is written to.

Floor: command line.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from redun.errors import FileSystemError

__all__ = ["MARK", "Destination"]

MARK = "written by redun and replaced when it is written again"
"""Stands near the beginning of all that is written here."""

_BEGINNING = 2_000


class Destination:
    """A file, or standard output.

    An earlier file of ours is replaced, any other is left alone. What is there stays until all is written.

    Parameters
    ----------
    name : str
        A path; `-` is standard output.
    force : bool
        Replace whatever is there.

    Raises
    ------
    FileSystemError
        Something else is there, or the folder is not.
    """

    def __init__(self, name: str, *, force: bool) -> None:
        self.path = None if name == "-" else Path(name)
        if self.path is None:
            return
        if self.path.is_dir():
            raise FileSystemError(f"cannot write {name}: it is a folder; name a file in it")
        if not self.path.absolute().parent.is_dir():
            raise FileSystemError(f"cannot write {name}: there is no folder {self.path.parent}")
        if self.path.exists() and not force and not _is_ours(self.path):
            raise FileSystemError(
                f"{name} exists and was not written by this command: choose another name, or replace it with --force"
            )

    def write(self, pieces: Iterable[str]) -> None:
        """Write pieces of text as they come.

        Raises
        ------
        FileSystemError
            They cannot be written.
        """
        if self.path is None:
            _to_output(pieces)
            return
        if self.path.exists() and not self.path.is_file():
            # A pipe or a device is written to, not replaced.
            with self.path.open("w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.writelines(pieces)
            return
        # A link stays one.
        target = Path(os.path.realpath(self.path))
        written = None
        try:
            with tempfile.NamedTemporaryFile(
                "w",
                encoding="utf-8",
                errors="backslashreplace",
                newline="\n",
                dir=target.parent,
                delete=False,
            ) as stream:
                written = stream.name
                stream.writelines(pieces)
            os.chmod(written, _mode(target))
            os.replace(written, target)
            written = None
        except OSError as error:
            raise FileSystemError(f"cannot write {self.path}: {error.strerror or error}") from error
        finally:
            if written is not None:
                with suppress(OSError):
                    os.unlink(written)


def _to_output(pieces: Iterable[str]) -> None:
    out = getattr(sys.stdout, "buffer", None)
    for piece in pieces:
        if out is None:
            sys.stdout.write(piece)
        else:
            # The page names its encoding: that of the terminal does not matter.
            out.write(piece.encode("utf-8", "backslashreplace"))


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            beginning = stream.read(_BEGINNING)
    except OSError as error:
        raise FileSystemError(f"cannot write {path}: {error.strerror or error}") from error
    return not beginning or MARK.encode() in beginning


def _mode(path: Path) -> int:
    """Return the permissions that a file has, or that a new one gets."""
    with suppress(OSError):
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
