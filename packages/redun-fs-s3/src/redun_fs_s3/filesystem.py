"""`S3FileSystem`: what redun asks of a file system, answered by S3."""

from __future__ import annotations

import errno
import io
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from redun.filesystems import FileSystem, Fingerprint, RedunFileNotFoundError, RedunOSError, Signature
from redun.filesystems.base import DIRECTORY, Listing
from redun.filesystems.errors import RedunFileExistsError

from redun_fs_s3.connection import Connections
from redun_fs_s3.errors import asking
from redun_fs_s3.location import Location
from redun_fs_s3.objects import any_below, entries_below, entry_of, head, pages, parameters
from redun_fs_s3.settings import VARIABLE, Settings

if TYPE_CHECKING:
    from redun_fs_s3.objects import Entry

__all__ = ["S3FileSystem"]

_BUFFER = 512 << 10
_READ, _EXCLUSIVE = "r", "x"


class S3FileSystem(FileSystem):
    """Files of S3, and of servers that speak its language, by URL.

    Examples
    --------
    >>> files = S3FileSystem()
    >>> files.configure({"region": "eu-central-1"})
    >>> files.join("s3://genomes/human/", "chr1.fa")
    's3://genomes/human/chr1.fa'
    """

    scheme = "s3"
    at_a_time = 8

    def __init__(self) -> None:
        self._settings: Settings | None = None
        self._connection = Connections(self._get_settings)

    def configure(self, options: Mapping[str, Any]) -> None:
        """Take options; see `redun_fs_s3.settings.Settings`.

        Raises
        ------
        ConfigError
            One is unknown or ill-formed.
        """
        self._settings = Settings.read(options)
        self._connection = Connections(self._get_settings)

    def environment(self) -> dict[str, str]:
        """Return what a process elsewhere needs to find the same server; who it is, it must know itself."""
        client = self._connection().client
        found = {"AWS_DEFAULT_REGION": client.meta.region_name}
        if not self._connection().amazon:
            found["AWS_ENDPOINT_URL_S3"] = client.meta.endpoint_url
        found[VARIABLE] = self._get_settings().to_hand_on()
        return {name: value for name, value in found.items() if value}

    def open(
        self,
        path: str,
        mode: str = "r",
        encoding: str | None = None,
        *,
        buffering: int = -1,
        errors: str | None = None,
        newline: str | None = None,
        **options: Any,
    ) -> IO[Any]:
        """Open an object: to read, also here and there; to write from scratch; or, with ``x``, if there is none.

        An object that is written is there once the stream is closed. It has the content, or that before if an
        exception ends the ``with`` block.
        """
        if options:
            raise TypeError(f"Opening a file of S3 takes no argument {next(iter(options))!r}")
        action, binary = _mode(mode, path)
        if binary and not (encoding is errors is newline is None):
            raise ValueError("binary mode doesn't take encoding, errors or newline")
        text: dict[str, Any] = {"encoding": encoding or "utf-8", "errors": errors, "newline": newline}
        if action == _READ:
            stream = self._reader(_object(path), buffering)
            return stream if binary else io.TextIOWrapper(stream, **text)
        from redun_fs_s3.writing import ObjectWriter, TextWriter

        location, connection = _written(path), self._connection()
        if action == _EXCLUSIVE and head(connection, location) is not None:
            raise RedunFileExistsError(errno.EEXIST, "There is such an object already", path)
        writer = ObjectWriter(connection, location, exclusive=action == _EXCLUSIVE)
        if binary:
            return writer  # type: ignore[return-value]
        wrapped = TextWriter(writer, **text, line_buffering=buffering == 1)
        wrapped.mode = mode
        return wrapped

    def _reader(self, location: Location, buffering: int = -1) -> io.BufferedReader:
        from redun_fs_s3.reading import ObjectReader

        raw = ObjectReader(self._connection(), location)
        return io.BufferedReader(raw, buffering if buffering > 1 else _BUFFER)

    def exists(self, path: str) -> bool:
        return self.isfile(path) or self.isdir(path)

    def isfile(self, path: str) -> bool:
        return head(self._connection(), Location.of(path)) is not None

    def isdir(self, path: str) -> bool:
        location = Location.of(path)
        return not location.version and any_below(self._connection(), location)

    def filesize(self, path: str) -> int:
        return int(self._headers(path)["ContentLength"])

    def modified(self, path: str) -> float | None:
        """Return when the object was made."""
        written: float = self._headers(path)["LastModified"].timestamp()
        return written

    def _headers(self, path: str) -> Mapping[str, Any]:
        location = _object(path)
        headers = head(self._connection(), location)
        if headers is None:
            raise RedunFileNotFoundError(
                errno.ENOENT, f"There is no key {location.key!r} of bucket {location.bucket!r}", path
            )
        return headers

    def remove(self, path: str) -> None:
        from redun_fs_s3.removing import remove_object

        remove_object(self._connection(), _object(path))

    def touch(self, path: str, time: float | None = None) -> None:
        """Make an empty object; one that exists stays as it is, for S3 keeps no times that could be set."""
        if self.isfile(path):
            return
        try:
            with self.open(path, "xb"):
                pass
        except RedunFileExistsError:
            return

    def mkdir(self, path: str) -> None:
        """Make an empty object that marks a directory, unless something is in it already.

        Nothing that is written needs it; but without it an empty directory would not exist.
        """
        location, connection = Location.of(path), self._connection()
        if any_below(connection, location):
            return
        if not location.key:
            raise RedunFileNotFoundError(
                errno.ENOENT,
                f"There is no bucket {location.bucket!r}, and redun makes none; make it first",
                path,
            )
        marker = location.at(location.below)
        with asking("make the directory", marker):
            connection.client.put_object(
                **parameters(connection, marker), **connection.settings.new_object, Body=b""
            )

    def rmdir(self, path: str, recursive: bool = False) -> None:
        from redun_fs_s3.removing import remove_below, remove_object

        location, connection = Location.of(path), self._connection()
        if recursive:
            remove_below(connection, location)
            return
        marker = location.at(location.below)
        page = next(pages(connection, marker, limit=2))
        if any(entry.key != marker.key for entry in page.entries):
            raise RedunOSError(
                errno.ENOTEMPTY, "The directory is not empty; remove it with recursive=True", path
            )
        if page.entries:
            remove_object(connection, marker)

    def glob(self, pattern: str) -> list[str]:
        return [f"s3://{bucket}/{key}" for bucket, key, _ in self._matches(pattern)]

    def _matches(self, pattern: str) -> list[tuple[str, str, Entry | None]]:
        from redun_fs_s3.globbing import matches
        from redun_fs_s3.patterns import MAGIC

        location = Location.of(pattern)
        if MAGIC.search(location.bucket):
            raise RedunOSError(errno.EINVAL, "The name of the bucket cannot be a pattern", pattern)
        found = matches(self._connection(), location)
        return [(location.bucket, key, entry) for key, entry in found.items()]

    def listing(self, path: str) -> Listing:
        location = Location.of(path)
        start = len(location.below)
        found = sorted(entries_below(self._connection(), location))
        return Listing([entry.key[start:] for entry in found], [], [entry.fingerprint for entry in found])

    def matching(self, pattern: str) -> Listing:
        found = self._matches(pattern)
        known = [DIRECTORY if entry is None else entry.fingerprint for _, _, entry in found]
        return Listing([f"s3://{bucket}/{key}" for bucket, key, _ in found], [], known)

    def copy(self, source: str, dest: str) -> None:
        from redun_fs_s3.copying import copy_object

        copy_object(self._connection(), _object(source), _written(dest))

    def stat_signature(self, path: str) -> Signature | None:
        return self.fingerprint(path).signature

    def fingerprint(self, path: str, known: Fingerprint | None = None) -> Fingerprint:
        from redun_fs_s3.looking import fingerprint

        return fingerprint(self._connection(), Location.of(path))

    def fingerprints(self, paths: Sequence[str], known: Sequence[Fingerprint | None]) -> list[Fingerprint]:
        from redun_fs_s3.looking import fingerprints

        locations = [Location.of(path) for path in paths]
        found = fingerprints(self._connection(), locations)
        return [found[location] for location in locations]

    def contents(self, path: str, known: Fingerprint | None = None) -> Fingerprint:
        from redun.hashing.digest import Digest

        from redun_fs_s3.looking import absent

        location, connection = Location.of(path), self._connection()
        headers = head(connection, location)
        if headers is None:
            return absent(connection, location)
        signature = ("content of etag", entry_of(location.key, headers).etag)
        if known is not None and known.signature == signature:
            return known
        content = Digest(b"content")
        with self._reader(location) as stream:
            entry = stream.raw.entry  # type: ignore[attr-defined]
            while block := stream.read(1 << 20):
                content.update(block)
        return Fingerprint(content.result(), entry.size, ("content of etag", entry.etag))

    def shell_copy(
        self, source: str | None, dest: str | None, recursive: bool = False, as_mount: bool = False
    ) -> str:
        from redun_fs_s3.shell import copy_command

        return copy_command(source, dest, recursive=recursive, settings=self._get_settings())

    def _get_settings(self) -> Settings:
        if self._settings is None:
            self._settings = Settings.read({})
        return self._settings


def _object(path: str) -> Location:
    location = Location.of(path)
    if not location.key or location.key.endswith("/"):
        raise RedunOSError(
            errno.EISDIR, f"This names {'a directory' if location.key else 'a bucket'}, not a file", path
        )
    return location


def _written(path: str) -> Location:
    location = _object(path)
    if location.version:
        raise RedunOSError(errno.EROFS, "A version of an object cannot be written; name the object", path)
    return location


def _mode(mode: str, path: str) -> tuple[str, bool]:
    """Return what a mode asks for, and whether in bytes."""
    letters = set(mode)
    actions = letters & set("rwxa")
    if len(letters) != len(mode) or letters - set("rwxabt+") or len(actions) != 1 or {"b", "t"} <= letters:
        raise ValueError(f"invalid mode: {mode!r}")
    if "a" in letters:
        raise RedunOSError(
            errno.ENOTSUP,
            "Objects of S3 cannot be appended to; read it and write it anew, or write one more",
            path,
        )
    if "+" in letters:
        raise RedunOSError(
            errno.ENOTSUP, f"Objects of S3 are either read or written; mode {mode!r} asks for both", path
        )
    return actions.pop(), "b" in letters
