"""Removing objects: one, or all below a prefix."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Any

from redun.filesystems import RedunOSError, RedunPermissionError

from redun_fs_s3.connection import Connection
from redun_fs_s3.errors import asking
from redun_fs_s3.location import Location
from redun_fs_s3.objects import pages, parameters

__all__ = ["remove_below", "remove_object"]

BATCH = 1000
"""Keys that one request may remove."""


def remove_object(connection: Connection, location: Location) -> None:
    """Remove an object, or one version of it; one that is missing is fine."""
    with asking("remove", location):
        connection.client.delete_object(**parameters(connection, location))


def remove_below(connection: Connection, location: Location) -> None:
    """Remove all that lies below a location, markers of directories included.

    Raises
    ------
    FileSystemError
        Some of it cannot be removed; the message says how many and why the first of them.
    """
    failed = [
        problem
        for problems in connection.map(
            lambda keys: _remove(connection, location, keys), list(_batches(connection, location))
        )
        for problem in problems
    ]
    if failed:
        first = failed[0]
        denied = first.get("Code") == "AccessDenied"
        raise (RedunPermissionError if denied else RedunOSError)(
            errno.EACCES if denied else errno.EIO,
            f"{len(failed)} objects of bucket {location.bucket!r} could not be removed, such as key "
            f"{first.get('Key')!r} ({first.get('Code')}: {first.get('Message')})",
            location.url,
        )


def _batches(connection: Connection, location: Location) -> Iterator[list[str]]:
    for page in pages(connection, location.at(location.below), limit=BATCH):
        if page.entries:
            yield [entry.key for entry in page.entries]


def _remove(connection: Connection, location: Location, keys: list[str]) -> list[dict[str, Any]]:
    with asking("remove what is below", location):
        answer = connection.client.delete_objects(
            Bucket=location.bucket,
            Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
            **connection.settings.every_request,
        )
    problems: list[dict[str, Any]] = answer.get("Errors", [])
    return problems
