"""What is there: asking for one object, and listing many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from redun.filesystems.base import Fingerprint
from redun.hashing.digest import digest

from redun_fs_s3.connection import Connection
from redun_fs_s3.errors import MISSING_CODES, asking, code_of
from redun_fs_s3.location import Location

__all__ = ["Entry", "Page", "any_below", "entries_below", "entry_of", "head", "pages", "parameters"]


class Entry(NamedTuple):
    """What a listing tells of an object.

    Attributes
    ----------
    key : str
    etag : str
        Without quotation marks.
    size : int
        Bytes.
    """

    key: str
    etag: str
    size: int

    @property
    def fingerprint(self) -> Fingerprint:
        """What the object is known by: its ETag, which changes whenever the content does."""
        return Fingerprint(digest(b"etag", self.etag.encode()), self.size, ("etag", self.etag))


class Page(NamedTuple):
    """A part of a listing.

    Attributes
    ----------
    entries : list of Entry
    prefixes : list of str
        What keys begin with that were summed up, up to and with the delimiter.
    last : bool
        Whether nothing follows.
    """

    entries: list[Entry]
    prefixes: list[str]
    last: bool


def parameters(connection: Connection, location: Location) -> dict[str, Any]:
    """Return the parameters of a request about one object."""
    found: dict[str, Any] = {"Bucket": location.bucket, "Key": location.key}
    if location.version:
        found["VersionId"] = location.version
    return found | connection.settings.every_request


def head(connection: Connection, location: Location) -> dict[str, Any] | None:
    """Return the headers of an object, None if there is none, or one that only marks a directory.

    Raises
    ------
    FileSystemError
        The server does not tell.
    """
    from botocore.exceptions import ClientError

    if not location.key or location.key.endswith("/"):
        return None
    asked = parameters(connection, location)
    with asking("look at", location):
        try:
            found: dict[str, Any] = connection.client.head_object(**asked)
            return found
        except ClientError as error:
            code = code_of(error)
            if code in MISSING_CODES:
                return None
            if code in ("400", "403"):
                # The answer has no body that would say why; that of a read has.
                connection.client.get_object(**asked, Range="bytes=0-0")["Body"].close()
            raise


def entry_of(key: str, headers: dict[str, Any]) -> Entry:
    """Return what the headers of an object tell of it, as a listing does."""
    return Entry(key, str(headers.get("ETag", "")).strip('"'), int(headers["ContentLength"]))


def pages(
    connection: Connection,
    location: Location,
    *,
    delimiter: str = "",
    after: str = "",
    limit: int = 1000,
) -> Iterator[Page]:
    """List the keys of a bucket that begin with that of a location, in the order of their UTF-8.

    Parameters
    ----------
    connection : Connection
    location : Location
    delimiter : str
        Sum up what has it after the prefix.
    after : str
        Begin behind this key.
    limit : int
        Keys per page, at most 1000.
    """
    asked: dict[str, Any] = {"Bucket": location.bucket, "Prefix": location.key, "MaxKeys": limit}
    asked |= connection.settings.every_request
    if delimiter:
        asked["Delimiter"] = delimiter
    if after:
        asked["StartAfter"] = after
    while True:
        with asking("list", location):
            found = connection.client.list_objects_v2(**asked)
        entries = [
            Entry(item["Key"], item.get("ETag", "").strip('"'), item["Size"])
            for item in found.get("Contents", ())
        ]
        last = not found.get("IsTruncated")
        yield Page(entries, [item["Prefix"] for item in found.get("CommonPrefixes", ())], last)
        if last:
            return
        asked["ContinuationToken"] = found["NextContinuationToken"]


def entries_below(connection: Connection, location: Location) -> Iterator[Entry]:
    """List all objects below a location, were it a directory; those that only mark a directory are left out."""
    below = location.at(location.below)
    for page in pages(connection, below):
        for entry in page.entries:
            if not entry.key.endswith("/"):
                yield entry


def any_below(connection: Connection, location: Location) -> bool:
    """Tell whether anything lies below a location; a marker that it is a directory counts."""
    from redun.filesystems import RedunFileNotFoundError

    try:
        page = next(pages(connection, location.at(location.below), limit=1))
    except RedunFileNotFoundError:
        # No such bucket.
        return False
    return bool(page.entries) or (not location.key)
