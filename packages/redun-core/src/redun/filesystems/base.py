"""What a file system is.

Floor: values. A plugin subclasses `FileSystem` and names its scheme; `redun.File` and `redun.Dir` do the rest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import IO, Any, NamedTuple

from redun.hashing.digest import HASH_SIZE

__all__ = ["DIRECTORY", "MISSING", "FileSystem", "Fingerprint", "Listing", "Signature"]

Signature = tuple[Any, ...]
"""What changes whenever the content does and is cheap to ask for: size and times, an ETag …; picklable."""


class Fingerprint(NamedTuple):
    """What is known of the content of a file.

    Attributes
    ----------
    content : bytes
        Digest of the content, 20 bytes; a word instead where there is none (``missing``, ``directory``, ``special``).
    size : int
        Bytes, or -1.
    signature : tuple or None
        The signature that vouches for `content`; None if it might not notice a change.
    """

    content: bytes
    size: int
    signature: Signature | None

    @property
    def exists(self) -> bool:
        """Tell whether there is a file of any sort."""
        return self.content != MISSING.content

    def same(self, other: Fingerprint) -> bool:
        """Tell whether two fingerprints are of equal content."""
        return self.content == other.content and self.size == other.size


MISSING = Fingerprint(b"missing", -1, None)
DIRECTORY = Fingerprint(b"directory", -1, None)
assert all(len(known.content) != HASH_SIZE for known in (MISSING, DIRECTORY))


class Listing(NamedTuple):
    """What lies below a directory, as paths relative to it, sorted.

    `links` are symbolic links that are not followed, for they lead nowhere or back, with their targets.
    """

    files: list[str]
    links: list[tuple[str, str]]


class FileSystem(ABC):
    """Access to the files of one URL scheme. Paths are whole URLs, except for local files.

    Methods raise `redun.errors.FileSystemError` or a subclass of it, with the path in the message.
    """

    scheme: str
    """The URL scheme, such as ``s3``."""

    @abstractmethod
    def open(self, path: str, mode: str = "r", encoding: str | None = None, **options: Any) -> IO[Any]:
        """Open a file; one that is written gets the directories it needs."""

    @abstractmethod
    def exists(self, path: str) -> bool:
        """Tell whether there is a file or directory."""

    @abstractmethod
    def isfile(self, path: str) -> bool:
        """Tell whether there is a file."""

    @abstractmethod
    def isdir(self, path: str) -> bool:
        """Tell whether there is a directory."""

    @abstractmethod
    def filesize(self, path: str) -> int:
        """Return the number of bytes of a file."""

    @abstractmethod
    def remove(self, path: str) -> None:
        """Remove a file; one that is missing is fine."""

    @abstractmethod
    def touch(self, path: str, time: float | None = None) -> None:
        """Make an empty file, or set the times of one that exists (seconds since the epoch, default now)."""

    @abstractmethod
    def mkdir(self, path: str) -> None:
        """Make a directory and those above it; one that exists is fine."""

    @abstractmethod
    def rmdir(self, path: str, recursive: bool = False) -> None:
        """Remove a directory, with `recursive` also one that is not empty; one that is missing is fine."""

    @abstractmethod
    def glob(self, pattern: str) -> list[str]:
        """Return the paths that match a pattern (``*``, ``?``, ``[…]``, ``**``), sorted."""

    @abstractmethod
    def listing(self, path: str) -> Listing:
        """Return all that lies below a directory, hidden files included; empty if it is missing."""

    @abstractmethod
    def copy(self, source: str, dest: str) -> None:
        """Copy a file within this file system."""

    @abstractmethod
    def stat_signature(self, path: str) -> Signature | None:
        """Return the signature of a file now; None if it is missing."""

    @abstractmethod
    def fingerprint(self, path: str, known: Fingerprint | None = None) -> Fingerprint:
        """Return the fingerprint of a file now.

        Parameters
        ----------
        path : str
        known : Fingerprint, optional
            An earlier one. If its signature is that of the file still, it is returned and the content is not read.
        """

    def fingerprints(self, paths: Sequence[str], known: Sequence[Fingerprint | None]) -> list[Fingerprint]:
        """Return the fingerprints of many files; override where asking for many at once is faster."""
        return [self.fingerprint(path, earlier) for path, earlier in zip(paths, known, strict=True)]

    def join(self, directory: str, relative: str) -> str:
        """Return the path of what lies at a relative path in a directory."""
        return f"{directory.rstrip('/')}/{relative}" if directory else relative
