"""Copies within S3, which the server makes: no content passes here.

An object up to a threshold is copied by one request, a larger one in parts at a time. All parts are of the content that
was there at the start.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from typing import Any

from redun.filesystems import RedunFileNotFoundError

from redun_fs_s3.connection import Connection
from redun_fs_s3.errors import asking
from redun_fs_s3.location import Location
from redun_fs_s3.objects import head, parameters
from redun_fs_s3.parts import MOST, completed

__all__ = ["copy_object"]

PART = 256 << 20
"""Bytes of a part of a copy, as far as the number of parts allows."""

_DESCRIPTION = (
    "ContentType",
    "ContentEncoding",
    "ContentDisposition",
    "ContentLanguage",
    "CacheControl",
    "Metadata",
)


def copy_object(connection: Connection, source: Location, dest: Location) -> None:
    """Copy an object, also from one bucket to another.

    Raises
    ------
    FileSystemError
        There is nothing to copy, or it is not allowed.
    """
    headers = head(connection, source)
    if headers is None:
        raise RedunFileNotFoundError(
            errno.ENOENT, f"There is no key {source.key!r} of bucket {source.bucket!r} to copy", source.url
        )
    if source == dest:
        return
    if headers["ContentLength"] <= connection.settings.copy_threshold:
        with asking(f"copy {source.url} to", dest):
            connection.client.copy_object(
                **parameters(connection, dest), **connection.settings.new_object, CopySource=_source(source)
            )
    else:
        _copy_in_parts(connection, source, dest, headers)


def _copy_in_parts(connection: Connection, source: Location, dest: Location, headers: dict[str, Any]) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    client, asked = connection.client, parameters(connection, dest)
    size: int = headers["ContentLength"]
    length = max(min(PART, connection.settings.copy_threshold), -(-size // MOST))
    description = {name: headers[name] for name in _DESCRIPTION if headers.get(name)}

    def copy_part(start: int) -> dict[str, Any]:
        number = start // length + 1
        answer = client.upload_part_copy(
            **asked,
            UploadId=upload,
            PartNumber=number,
            CopySource=_source(source),
            CopySourceRange=f"bytes={start}-{min(start + length, size) - 1}",
            CopySourceIfMatch=headers["ETag"],
        )["CopyPartResult"]
        return completed(number, answer)

    with asking(f"copy {source.url} to", dest):
        upload = client.create_multipart_upload(**asked, **description, **connection.settings.new_object)[
            "UploadId"
        ]
        try:
            parts = list(connection.map(copy_part, range(0, size, length)))
            client.complete_multipart_upload(**asked, UploadId=upload, MultipartUpload={"Parts": parts})
        except BaseException:
            with suppress(BotoCoreError, ClientError):
                client.abort_multipart_upload(**asked, UploadId=upload)
            raise


def _source(location: Location) -> dict[str, str]:
    version = {"VersionId": location.version} if location.version else {}
    return {"Bucket": location.bucket, "Key": location.key} | version
