"""What files and directories have in common: a path, and what was there when somebody looked.

Floor: values. A reference made by user code follows the world: each time it is hashed, a look at the file's times tells
whether to read it again. Once sealed into a result, or read back from the record, it is pinned: it says what was there
at that moment, and validity is whether that is still so.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from redun.errors import ExpressionError
from redun.filesystems.base import FileSystem, Fingerprint
from redun.filesystems.registry import get_filesystem
from redun.hashing.digest import to_hex
from redun.value.base import Value
from redun.value.shapes import Lazy

if TYPE_CHECKING:
    from redun.file.family import FileClasses

__all__ = ["Reference", "path_bytes", "plain_path"]

Seen = TypeVar("Seen")
"""What a look at the path found."""


def plain_path(path: str | os.PathLike[str]) -> str:
    """Return a path or URL as text; ``file://`` URLs become paths."""
    if isinstance(path, Lazy):
        raise ExpressionError(
            f"{path!r} is no path yet: it is not evaluated. Make the file inside of a task."
        )
    try:
        text = os.fspath(path)
    except TypeError:
        text = None
    if not isinstance(text, str):
        raise TypeError(f"A path is a str or pathlib.Path, not {path!r}.")
    if text[:7].lower() != "file://":
        return text
    from urllib.parse import unquote

    host, slash, rest = text[7:].partition("/")
    if host not in ("", "localhost"):
        raise ValueError(f"{text!r} names the host {host!r}; a file:// URL of this machine has three slashes")
    return unquote(slash + rest)


def path_bytes(path: str) -> bytes:
    """Return a path as bytes to hash; names that are no text included."""
    return path.encode("utf-8", "surrogateescape")


class Reference(Value, Generic[Seen]):
    """Base of `File`, `FileSet` and `Dir`.

    Attributes
    ----------
    path : str
        As given.
    classes : type
        The classes of the same family, see `FileClasses`.
    """

    path: str
    classes: ClassVar[type[FileClasses]]
    elsewhere: ClassVar[bool] = False
    """Whether there was any URL among the paths of this process."""

    _kind: ClassVar[bytes]
    # Looked at a moment ago, together with others.
    _glimpsed = False

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = plain_path(path)
        if "://" in self.path:
            Reference.elsewhere = True
        self._seen: Seen | None = None
        self._digest = b""
        self._pinned = False

    # For subclasses.

    def _look(self, earlier: Seen | None) -> Seen:
        """Look at what is there now; `earlier` may spare reading it."""
        raise NotImplementedError

    def _digest_of(self, seen: Seen) -> bytes:
        """Return the hash of this value, had it seen this."""
        raise NotImplementedError

    def _fingerprints(
        self,
        paths: Sequence[str],
        known: Sequence[Fingerprint | None],
        listed: list[Fingerprint] | None,
    ) -> list[Fingerprint]:
        """Return the fingerprints of many files; `listed` are those that listing them told."""
        return self.filesystem.fingerprints(paths, known) if listed is None else listed

    def _current(self) -> bytes:
        """Return the digest, after a look unless pinned."""
        if not (self._pinned or self._glimpsed):
            self._see(self._look(self._seen))
        return self._digest

    def forget(self) -> None:
        """Follow the world again: what is there is looked at when it is asked for next."""
        self._pinned = self._glimpsed = False

    # For everyone.

    @property
    def filesystem(self) -> FileSystem:
        """The file system that serves the path."""
        return get_filesystem(self.path)

    @property
    def hash(self) -> str:
        """Hash of path and content, 40 hexadecimal digits."""
        return to_hex(self._current())

    def get_hash(self, data: bytes | None = None) -> str:
        """Return `hash`."""
        return self.hash

    def update_hash(self) -> None:
        """Look at the content again."""
        self.forget()
        self._current()

    def is_valid(self) -> bool:
        """Tell whether what is there now is what this value saw; true if it has not looked yet."""
        return self.__redun_valid__()

    def exists(self) -> bool:
        """Tell whether there is anything at the path."""
        return self.filesystem.exists(self.path)

    # For redun.

    def __redun_digest__(self) -> bytes:
        return self._current()

    def __redun_refresh__(self) -> None:
        """Look again and hold on to what is seen: this value is being recorded."""
        if not self._glimpsed:
            self._see(self._look(self._seen))
        self._pinned = True

    def __redun_valid__(self) -> bool:
        return self._seen is None or self._holds(self._look(self._seen))

    def _holds(self, now: Seen) -> bool:
        return self._digest_of(now) == self._digest

    def _see(self, seen: Seen) -> None:
        if seen is not self._seen:
            self._seen = seen
            self._digest = self._digest_of(seen)

    def __getstate__(self) -> tuple[Any, ...]:
        self._current()
        return self.path, self._digest, self._seen

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.path, self._digest, self._seen = state
        self._pinned = True
        if "://" in self.path:
            Reference.elsewhere = True

    def __fspath__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        # Without a look at the world: a repr is asked for anywhere.
        hash_ = f", hash={to_hex(self._digest)[:8]}" if self._digest else ""
        return f"{type(self).__name__}(path={self.path}{hash_})"
