"""Reading an object: as a stream, or here and there by ranges.

The first request fetches the object from its start, as most readers want. One that jumps, as those of zip and parquet
files do, gets ranges from then on, the longer the further it reads on. Every answer must be of the content that the
first one was of.
"""

from __future__ import annotations

import errno
import io
import os
from time import sleep
from typing import Any, Never

from redun.filesystems import RedunOSError

from redun_fs_s3.connection import Connection
from redun_fs_s3.errors import asking, code_of, failure
from redun_fs_s3.location import Location
from redun_fs_s3.objects import Entry, entry_of, parameters

__all__ = ["ObjectReader"]

SMALL = 1 << 20
"""Bytes up to which an object is fetched whole, so that jumping is free."""

SKIP = 256 << 10
"""Bytes that are sooner read past than jumped over."""

SHORTEST, LONGEST = 1 << 20, 64 << 20
"""Bytes of the first range after a jump, and of the longest one."""


class ObjectReader(io.RawIOBase):
    """The bytes of an object.

    A connection that breaks is made anew where it broke.

    Parameters
    ----------
    connection : Connection
    location : Location

    Attributes
    ----------
    entry : Entry
        What is being read.

    Raises
    ------
    FileSystemError
        There is no such object, or it may not be read; or, while reading, it was changed.
    """

    mode = "rb"

    def __init__(self, connection: Connection, location: Location) -> None:
        super().__init__()
        self._connection = connection
        self._location = location
        self._process = os.getpid()
        self._position = 0
        self._ahead = 0
        self._body: Any = None
        self._whole: bytes | None = None
        self.name = location.url
        with asking("read", location):
            found = connection.client.get_object(**parameters(connection, location))
        self.entry: Entry = entry_of(location.key, found)
        self._take(found["Body"], 0, self.entry.size)
        if self.entry.size <= SMALL:
            content = bytearray(self.entry.size)
            self._fill(memoryview(content))
            self._drop()
            self._whole = bytes(content)
            self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        self._check()
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._check()
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.entry.size}.get(whence)
        if start is None:
            raise ValueError(f"invalid whence ({whence}, should be 0, 1 or 2)")
        if start + offset < 0:
            raise ValueError(f"negative seek position {start + offset}")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        self._check()
        target = memoryview(buffer).cast("B")
        wanted = min(len(target), self.entry.size - self._position)
        if wanted <= 0:
            return 0
        if self._whole is not None:
            target[:wanted] = self._whole[self._position : self._position + wanted]
            self._position += wanted
        else:
            self._fill(target[:wanted])
        return wanted

    def close(self) -> None:
        if not self.closed:
            self._drop()
        super().close()

    def _check(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file.")

    def _fill(self, target: memoryview) -> None:
        """Fill a buffer from the position on, whatever happens to the connection."""
        from botocore.exceptions import HTTPClientError, IncompleteReadError

        done, failed, worth = 0, 0, 0
        while done < len(target):
            try:
                count = self._read(target[done:])
            except (HTTPClientError, IncompleteReadError) as error:
                self._drop()
                failed, worth = failed + 1, 0
                if failed >= self._connection.settings.max_attempts:
                    raise failure(error, "read", self._location) from error
                sleep(min(0.1 * 2**failed, 5.0))
            else:
                done, worth = done + count, worth + count
                if worth > SKIP:
                    # It does go on; a connection that always breaks at once does not.
                    failed = 0

    def _read(self, target: memoryview) -> int:
        if self._process != os.getpid():
            # The other side of a fork reads from this very socket.
            self._process, self._body = os.getpid(), None
        self._reach(len(target))
        with asking("read", self._location, only="FlexibleChecksumError"):
            count: int = self._body.readinto(target[: self._end - self._at])
        if not count:
            from botocore.exceptions import IncompleteReadError

            raise IncompleteReadError(actual_bytes=self._at, expected_bytes=self._end)
        self._position += count
        self._at += count
        return count

    def _reach(self, wanted: int) -> None:
        """See to it that there is a body, and that it stands at the position."""
        if self._body is not None:
            while 0 < (gap := self._position - self._at) <= min(SKIP, self._end - self._at - 1):
                self._at += len(self._body.read(gap))
            if self._at == self._position < self._end:
                return
        if self._at != self._position:
            self._ahead = SHORTEST
        elif self._at == self._end:
            self._ahead = min(self._ahead * 2, LONGEST)
        # Else the connection broke, and is to go on as it did.
        length = max(self._ahead, wanted) if self._ahead else self.entry.size
        self._fetch(min(self._position + length, self.entry.size))

    def _fetch(self, end: int) -> None:
        from botocore.exceptions import ClientError

        self._drop()
        location = self._location
        asked = parameters(self._connection, location) | {"Range": f"bytes={self._position}-{end - 1}"}
        with asking("read", location):
            try:
                found = self._connection.client.get_object(**asked)
            except ClientError as error:
                if code_of(error) in ("416", "InvalidRange"):
                    self._refuse_changed()
                raise
        total = int(found.get("ContentRange", "/0").rpartition("/")[2])
        if entry_of(location.key, found | {"ContentLength": total}) != self.entry:
            found["Body"].close()
            self._refuse_changed()
        self._take(found["Body"], self._position, end)

    def _refuse_changed(self) -> Never:
        location = self._location
        raise RedunOSError(
            errno.ESTALE,
            f"Key {location.key!r} of bucket {location.bucket!r} was changed while it was being read; open it anew",
            location.url,
        )

    def _take(self, body: Any, start: int, end: int) -> None:
        self._body, self._at, self._end = body, start, end

    def _drop(self) -> None:
        body, self._body = self._body, None
        if body is not None and self._process == os.getpid():
            body.close()
