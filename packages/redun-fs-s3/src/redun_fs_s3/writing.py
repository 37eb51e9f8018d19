"""Writing an object: at once if it is small, in parts as they come if it is large.

Nobody ever sees half of it: S3 shows an object when it is complete, and an exception in the ``with`` block discards
what was sent. Each request carries a checksum that the server compares.
"""

from __future__ import annotations

import errno
import io
import os
from base64 import b64encode
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from hashlib import md5
from mimetypes import guess_type
from typing import Any

from redun.filesystems import RedunOSError
from redun.filesystems.errors import RedunFileExistsError

from redun_fs_s3.connection import Connection
from redun_fs_s3.errors import asking, code_of
from redun_fs_s3.location import Location
from redun_fs_s3.objects import parameters
from redun_fs_s3.parts import MOST, Layout, completed

__all__ = ["ObjectWriter", "TextWriter"]

UNDER_WAY = 64 << 20
"""Bytes of parts that may be on their way at a time; one longer part is sent by itself."""


class ObjectWriter(io.BufferedIOBase):
    """A stream whose bytes become an object when it is closed.

    Parameters
    ----------
    connection : Connection
    location : Location
    exclusive : bool
        Fail if there is such an object by then.
    layout : Layout, optional
        That of the settings unless given.
    """

    def __init__(
        self,
        connection: Connection,
        location: Location,
        *,
        exclusive: bool = False,
        layout: Layout | None = None,
    ) -> None:
        super().__init__()
        self.name = location.url
        self.mode = "xb" if exclusive else "wb"
        self._connection = connection
        self._location = location
        self._process = os.getpid()
        self._wanted = True
        self._layout = layout or Layout(connection.settings.part_size)
        self._condition = {"IfNoneMatch": "*"} if exclusive else {}
        self._part = bytearray()
        self._sent = 0
        self._upload = ""
        self._done: list[dict[str, Any]] = []
        self._started: deque[tuple[int, Future[dict[str, Any]]]] = deque()

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        self._check()
        return self._sent + len(self._part)

    def write(self, data: Any) -> int:
        self._check()
        view = memoryview(data).cast("B")
        taken = 0
        while taken < len(view):
            room = self._layout.length(self._number) - len(self._part)
            self._part += view[taken : taken + room]
            taken += room
            if len(self._part) == self._layout.length(self._number):
                self._send()
        return len(view)

    def abandon(self) -> None:
        """Leave the object as it was."""
        self._wanted = False

    def close(self) -> None:
        if self.closed:
            return
        try:
            # A forked child that lets go of its copy of the stream: the parent is still writing.
            if self._process == os.getpid():
                self._finish()
        finally:
            super().close()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None:
            self.abandon()
        self.close()

    def _check(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file.")

    @property
    def _number(self) -> int:
        return len(self._done) + len(self._started) + 1

    def _finish(self) -> None:
        try:
            if not self._wanted:
                return
            if not self._upload:
                self._put()
            else:
                if self._part:
                    self._send()
                while self._started:
                    self._wait()
                self._complete()
            self._upload = ""
        finally:
            if self._upload:
                self._discard()

    def _put(self) -> None:
        content = bytes(self._part)
        with self._asking():
            self._connection.client.put_object(
                **self._asked,
                **self._condition,
                **self._new,
                **self._checksum(content),
                Body=content,
            )

    def _send(self) -> None:
        """Send the part that is full, or the last one."""
        if self._number > MOST:
            raise RedunOSError(errno.EFBIG, "S3 takes no object larger than 5 TiB", self._location.url)
        if not self._upload:
            with self._asking():
                self._upload = self._connection.client.create_multipart_upload(**self._asked, **self._new)[
                    "UploadId"
                ]
        content, self._part = bytes(self._part), bytearray()
        self._sent += len(content)
        while self._started and sum(size for size, _ in self._started) + len(content) > UNDER_WAY:
            self._wait()
        number = self._number
        self._started.append((len(content), self._connection.start(self._send_part, number, content)))

    def _send_part(self, number: int, content: bytes) -> dict[str, Any]:
        answer: dict[str, Any] = self._connection.client.upload_part(
            **self._asked,
            **self._checksum(content),
            UploadId=self._upload,
            PartNumber=number,
            Body=content,
        )
        return completed(number, answer)

    def _wait(self) -> None:
        with self._asking():
            _, part = self._started[0]
            self._done.append(part.result())
            self._started.popleft()

    def _complete(self) -> None:
        with self._asking():
            self._connection.client.complete_multipart_upload(
                **self._asked,
                **self._condition,
                UploadId=self._upload,
                MultipartUpload={"Parts": self._done},
            )

    def _discard(self) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        for _, part in self._started:
            part.cancel()
        for _, part in self._started:
            # A part that arrives after the upload was given up would stay and cost.
            if not part.cancelled():
                part.exception()
        with suppress(BotoCoreError, ClientError):
            self._connection.client.abort_multipart_upload(**self._asked, UploadId=self._upload)

    @property
    def _asked(self) -> dict[str, Any]:
        return parameters(self._connection, self._location)

    @property
    def _new(self) -> dict[str, str]:
        kind, packed = guess_type(self._location.key)
        described = {"ContentType": kind} if kind and not packed else {}
        return described | self._connection.settings.new_object

    def _checksum(self, content: bytes) -> dict[str, str]:
        """Return what Amazon's successors understand too; Amazon itself compares the CRC that boto3 sends."""
        if self._connection.amazon:
            return {}
        return {"ContentMD5": b64encode(md5(content, usedforsecurity=False).digest()).decode()}

    def _asking(self) -> _Writing:
        return _Writing(self._location, bool(self._condition))


class _Writing(asking):
    """Says of an object that was to be new that it is there."""

    __slots__ = ("_exclusive",)

    def __init__(self, location: Location, exclusive: bool) -> None:
        super().__init__("write", location)
        self._exclusive = exclusive

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if self._exclusive and error is not None and code_of(error) in ("PreconditionFailed", "412"):
            raise RedunFileExistsError(
                errno.EEXIST, "There is such an object already", self._location.url
            ) from error
        super().__exit__(kind, error, trace)


class TextWriter(io.TextIOWrapper):
    """Text into an object; like it, discarded by an exception in the ``with`` block."""

    mode: str

    def close(self) -> None:
        if self.closed:
            return
        try:
            self.flush()
        except BaseException:
            self.buffer.abandon()  # type: ignore[attr-defined]
            raise
        finally:
            super().close()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None:
            self.buffer.abandon()  # type: ignore[attr-defined]
        self.close()
