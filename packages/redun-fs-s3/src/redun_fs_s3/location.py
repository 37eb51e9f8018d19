"""What an `s3://` URL names."""

from __future__ import annotations

import errno
import re
from typing import NamedTuple

from redun.filesystems import RedunOSError

__all__ = ["Location"]

# An access point stands for a bucket under its full name, which has a slash of its own.
_split = re.compile(
    r"[sS]3://(?P<bucket>arn:[^/]+:accesspoint[/:][^/]+|[^/]*)(?:/(?P<key>.*))?", re.DOTALL
).fullmatch
_VERSION = "?versionId="


class Location(NamedTuple):
    """An object, or all that lies below a prefix.

    Attributes
    ----------
    bucket : str
    key : str
        Taken as it is, neither unquoted nor tidied: ``a//b`` and ``a%20b`` are keys of their own.
    version : str or None
        The version that a URL ending in ``?versionId=…`` asks for.

    Examples
    --------
    >>> Location.of("s3://genomes/human/chr 1.fa")
    Location(bucket='genomes', key='human/chr 1.fa', version=None)
    >>> Location.of("s3://genomes/chr1.fa?versionId=7").version
    '7'
    """

    bucket: str
    key: str
    version: str | None = None

    @classmethod
    def of(cls, url: str) -> Location:
        """Return what a URL names.

        Raises
        ------
        RedunOSError
            It names no bucket.
        """
        match = _split(url)
        if match is None or not match["bucket"]:
            raise RedunOSError(errno.EINVAL, "This names no bucket; write it like s3://bucket/key", url)
        key, mark, version = (match["key"] or "").rpartition(_VERSION)
        if not mark or not version:
            return cls(match["bucket"], match["key"] or "")
        return cls(match["bucket"], key, version)

    @property
    def url(self) -> str:
        """The URL that names it."""
        version = f"{_VERSION}{self.version}" if self.version else ""
        return f"s3://{self.bucket}/{self.key}{version}"

    @property
    def below(self) -> str:
        """What the keys below it begin with, were it a directory."""
        return self.key if not self.key or self.key.endswith("/") else f"{self.key}/"

    def at(self, key: str) -> Location:
        """Return the location of another key of the bucket."""
        return Location(self.bucket, key)
