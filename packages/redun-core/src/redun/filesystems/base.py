"""What a file system is.

Floor: values. A plugin subclasses `FileSystem` and names its scheme; `redun.File` and `redun.Dir` do the rest. What has
a body here may be overridden where the file system knows better: a listing of its own, a signature that spares reading
files, a command of its own for copying.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import IO, Any, ClassVar, NamedTuple

from redun.filesystems.errors import naming
from redun.filesystems.shell import redun_copy
from redun.hashing.digest import HASH_SIZE, Digest

__all__ = ["DIRECTORY", "MISSING", "Entry", "FileSystem", "Fingerprint", "Listing", "Signature"]

Signature = tuple[Any, ...]
"""What changes whenever the content does and is cheap to ask for: size and times, an ETag …; picklable."""

_BLOCK = 1 << 20


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
    """What lies below a directory, as paths relative to it, sorted; or what matches a pattern, as whole paths.

    `links` are symbolic links that are not followed, for they lead nowhere or back, with their targets. `fingerprints`
    are those of the files, where listing them tells.
    """

    files: list[str]
    links: list[tuple[str, str]]
    fingerprints: list[Fingerprint] | None = None


class Entry(NamedTuple):
    """What lies directly in a directory: its whole path or URL, and its size in bytes; None for a directory."""

    path: str
    size: int | None


class FileSystem(ABC):
    """Access to the files of one URL scheme. Paths are whole URLs, except for local files.

    Methods raise `redun.errors.FileSystemError` or a subclass of it, with the path in the message.

    Examples
    --------
    >>> from redun.file import get_filesystem
    >>> filesystem = get_filesystem(url="/data/genome.fa")
    >>> isinstance(filesystem, FileSystem), filesystem.scheme
    (True, 'file')
    """

    scheme: str
    """The URL scheme, such as ``s3``; a subclass may give it as `name`, as for redun 0.44."""

    name: ClassVar[str]

    writes_in_place: ClassVar[bool] = False
    """Whether `open` takes ``atomic=False``; object stores never show a half-written file anyway."""

    at_a_time: ClassVar[int] = 1
    """How many files are best copied or read at a time; more than one where each has to be waited for."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        own = vars(cls)
        if "name" in own and "scheme" not in own:
            cls.scheme = cls.name
        elif "scheme" in own and "name" not in own:
            cls.name = cls.scheme

    def configure(self, options: Mapping[str, Any]) -> None:  # noqa: B027 (most need none)
        """Take the section `[filesystems.SCHEME]` of the configuration; called once, before anything else."""

    def environment(self) -> dict[str, str]:
        """Return environment variables by which another process, perhaps elsewhere, reaches the same files.

        Where they are and how they are reached, but no secrets.
        """
        return {}

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
    def copy(self, source: str, dest: str) -> None:
        """Copy a file within this file system."""

    def listing(self, path: str) -> Listing:
        """Return all that lies below a directory, hidden files included; empty if it is missing."""
        below = path.rstrip("/") + "/"
        found = [name for name in self.glob(f"{below}**") if name.startswith(below) and self.isfile(name)]
        return Listing(sorted(name[len(below) :] for name in found), [])

    def matching(self, pattern: str) -> Listing:
        """Return what `glob` does, with fingerprints if they come with it; directories may be among the files."""
        return Listing(self.glob(pattern), [])

    def entries(self, path: str) -> list[Entry]:
        """Return what lies directly in a directory, hidden files included, sorted; empty if it is missing.

        Override where one question is answered for all.
        """
        import glob

        found = self.matching(self.join(glob.escape(path), "*"))
        if found.fingerprints is not None:
            known = zip(found.files, found.fingerprints, strict=True)
            return [Entry(name, None if seen.same(DIRECTORY) else seen.size) for name, seen in known]
        return [Entry(name, None if self.isdir(name) else self.filesize(name)) for name in found.files]

    def stat_signature(self, path: str) -> Signature | None:
        """Return what tells that a file is as it was, without reading it; None if nothing does."""
        return None

    def fingerprint(self, path: str, known: Fingerprint | None = None) -> Fingerprint:
        """Return the fingerprint of a file now.

        Parameters
        ----------
        path : str
        known : Fingerprint, optional
            An earlier one. If its signature is that of the file still, it is returned and the content is not read.
        """
        signature = self.stat_signature(path)
        if known is not None and known.signature is not None and known.signature == signature:
            return known
        return self.contents(path)._replace(signature=signature)

    def contents(self, path: str, known: Fingerprint | None = None) -> Fingerprint:
        """Return the fingerprint of the bytes of a file, where `fingerprint` knows it by something cheaper."""
        if not self.isfile(path):
            return DIRECTORY if self.isdir(path) else MISSING
        content, size = Digest(b"content"), 0
        with naming(path), self.open(path, "rb") as stream:
            while block := stream.read(_BLOCK):
                content.update(block)
                size += len(block)
        return Fingerprint(content.result(), size, None)

    def fingerprints(self, paths: Sequence[str], known: Sequence[Fingerprint | None]) -> list[Fingerprint]:
        """Return the fingerprints of many files; override where asking for many at once is faster."""
        return [self.fingerprint(path, earlier) for path, earlier in zip(paths, known, strict=True)]

    def modified(self, path: str) -> float | None:
        """Return when a file was written, in seconds since the epoch; None if the file system does not tell."""
        return None

    def move(self, source: str, dest: str) -> None:
        """Let a file take the place of another within this file system."""
        self.copy(source, dest)
        self.remove(source)

    def join(self, directory: str, relative: str) -> str:
        """Return the path of what lies at a relative path in a directory."""
        return f"{directory.rstrip('/')}/{relative}" if directory else relative

    def shell_copy(
        self, source: str | None, dest: str | None, recursive: bool = False, as_mount: bool = False
    ) -> str:
        """Return a shell command that copies a file, or a directory, from, to or within this file system.

        Parameters
        ----------
        source, dest : str or None
            One of them may be on this machine; None is standard input or output.
        recursive : bool
            Copy a directory; `dest` becomes the copy whether or not it exists.
        as_mount : bool
            The command runs where buckets are mounted.
        """
        return redun_copy(source, dest, recursive)
