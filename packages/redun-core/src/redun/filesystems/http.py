"""Files of web servers, read only.

Floor: values. A file is known by its ETag if the server gives a strong one, which is asked for without fetching it;
otherwise by its bytes, and then a Last-Modified date spares fetching them again. See RFC 9110, section 8.8.
"""

from __future__ import annotations

import errno
import io
from email.utils import parsedate_to_datetime
from typing import IO, Any, Never

from redun.filesystems.base import MISSING, FileSystem, Fingerprint, Listing, Signature
from redun.filesystems.errors import RedunFileNotFoundError, RedunOSError, RedunPermissionError
from redun.hashing.digest import digest

__all__ = ["HTTPFileSystem", "HTTPSFileSystem"]

TIMEOUT = 60.0
"""Seconds of silence after which a server is given up."""

SETTLED = 60.0
"""Seconds after which a second change would show in Last-Modified, whose clock ticks in seconds."""

_GONE = {404, 410}
_REFUSED = {401, 403, 407}
_NO_HEAD = {405, 501}


class HTTPFileSystem(FileSystem):
    """Files of web servers, by URL; they can be read, not written or listed.

    Examples
    --------
    >>> from redun import File
    >>> type(File("http://example.org/genome.fa").filesystem).__name__
    'HTTPFileSystem'
    """

    scheme = "http"

    def open(self, path: str, mode: str = "r", encoding: str | None = None, **options: Any) -> IO[Any]:
        if any(letter in mode for letter in "wax+"):
            self._refuse("written", path)
        body = io.BufferedReader(_Body(_request(path, "GET"), path), 1 << 16)
        return body if "b" in mode else io.TextIOWrapper(body, encoding or "utf-8", **options)

    def exists(self, path: str) -> bool:
        return self._headers(path) is not None

    def isfile(self, path: str) -> bool:
        return self.exists(path)

    def isdir(self, path: str) -> bool:
        return False

    def filesize(self, path: str) -> int:
        headers = self._headers(path)
        if headers is None:
            raise RedunFileNotFoundError(errno.ENOENT, "No such file on the server", path)
        length = headers.get("Content-Length")
        return self.contents(path).size if length is None else int(length)

    def glob(self, pattern: str) -> list[str]:
        # A question mark begins a query here, and no server tells what it has.
        if any(letter in pattern for letter in "*["):
            self._refuse("listed", pattern)
        return [pattern] if self.exists(pattern) else []

    def listing(self, path: str) -> Listing:
        self._refuse("listed", path)

    def stat_signature(self, path: str) -> Signature | None:
        headers = self._headers(path)
        return None if headers is None else _signature(headers)

    def fingerprint(self, path: str, known: Fingerprint | None = None) -> Fingerprint:
        headers = self._headers(path)
        if headers is None:
            return MISSING
        signature = _signature(headers)
        if signature is not None and signature[0] == "etag":
            size = int(headers.get("Content-Length", -1))
            return Fingerprint(digest(b"etag", signature[1].encode()), size, signature)
        if known is not None and known.signature is not None and known.signature == signature:
            return known
        return self.contents(path)._replace(signature=signature)

    def remove(self, path: str) -> None:
        self._refuse("removed", path)

    def touch(self, path: str, time: float | None = None) -> None:
        self._refuse("written", path)

    def mkdir(self, path: str) -> None:
        self._refuse("written", path)

    def rmdir(self, path: str, recursive: bool = False) -> None:
        self._refuse("removed", path)

    def copy(self, source: str, dest: str) -> None:
        self._refuse("written", dest)

    def _refuse(self, done: str, path: str) -> Never:
        raise RedunOSError(errno.EROFS, f"Files of {self.scheme}:// cannot be {done}, only read", path)

    def _headers(self, path: str) -> Any:
        """Return the headers of a file, None if there is none."""
        try:
            with _request(path, "HEAD") as response:
                return response.headers
        except RedunFileNotFoundError:
            return None


class HTTPSFileSystem(HTTPFileSystem):
    """Files of web servers over TLS, by URL; they can be read, not written or listed.

    Examples
    --------
    >>> from redun import File
    >>> type(File("https://example.org/genome.fa").filesystem).__name__
    'HTTPSFileSystem'
    """

    scheme = "https"


class _Body(io.RawIOBase):
    """The body of a response; one that ends early is an error, not a shorter file."""

    def __init__(self, response: Any, path: str) -> None:
        self._response = response
        self._path = path
        self._left = int(response.headers.get("Content-Length", 0))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        from http.client import HTTPException

        try:
            count: int = self._response.readinto(buffer)
        except (OSError, HTTPException) as error:
            raise RedunOSError(errno.EIO, f"The connection broke: {error}", self._path) from error
        self._left -= count
        if not count and len(buffer) and self._left > 0:
            raise RedunOSError(errno.EIO, f"The connection ended {self._left} bytes early", self._path)
        return count

    def close(self) -> None:
        self._response.close()
        super().close()


def _request(path: str, method: str) -> Any:
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    try:
        return urlopen(Request(path, method=method, headers={"User-Agent": "redun"}), timeout=TIMEOUT)
    except HTTPError as error:
        error.close()
        if method == "HEAD" and error.code in _NO_HEAD:
            return _request(path, "GET")
        said = f"HTTP status {error.code} {error.reason}".rstrip()
        if error.code in _GONE:
            raise RedunFileNotFoundError(errno.ENOENT, said, path) from None
        if error.code in _REFUSED:
            raise RedunPermissionError(errno.EACCES, said, path) from None
        raise RedunOSError(errno.EIO, said, path) from None
    except URLError as error:
        raise RedunOSError(errno.EIO, f"The server cannot be reached: {error.reason}", path) from error
    except (OSError, HTTPException, ValueError) as error:
        raise RedunOSError(errno.EIO, f"The request failed: {error}", path) from error


def _signature(headers: Any) -> Signature | None:
    tag = headers.get("ETag", "")
    if tag and not tag.startswith("W/"):
        return "etag", tag
    modified, now = _moment(headers.get("Last-Modified")), _moment(headers.get("Date"))
    if modified is None or now is None or now - modified < SETTLED:
        return None
    return "modified", headers["Last-Modified"], headers.get("Content-Length")


def _moment(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None
