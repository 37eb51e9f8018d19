"""A scratch folder in S3: what lies there, with its age, and removing many files at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from redun_executor_batch.denials import asking, code_of, explained

__all__ = ["Entry", "Scratch"]

# Of `delete_objects`.
_MOST = 1000


class Entry(NamedTuple):
    """A file of the scratch folder.

    Attributes
    ----------
    name : str
        Its path within that folder.
    size : int
    modified_s : float
        Seconds since the epoch.
    """

    name: str
    size: int
    modified_s: float


class Scratch:
    """A scratch folder; files have names within it.

    Parameters
    ----------
    client : botocore.client.S3
    url : str
        `s3://bucket/folder`.
    """

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        parts = urlsplit(url)
        self._bucket = parts.netloc
        self._prefix = f"{parts.path.strip('/')}/".lstrip("/")
        self._url = url

    def entries(self, folder: str) -> Iterator[Entry]:
        """Yield all files below a folder of the scratch folder, in the order of their names."""
        with asking(f"listing {self._url}/{folder}"):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=f"{self._prefix}{folder}/"):
                for each in page.get("Contents", ()):
                    name = each["Key"].removeprefix(self._prefix)
                    yield Entry(name, each["Size"], each["LastModified"].timestamp())

    def beginning(self, name: str, size: int) -> bytes:
        """Return the first bytes of a file; nothing if there is none."""
        with asking(f"reading {self._url}/{name}"):
            try:
                found = self._client.get_object(
                    Bucket=self._bucket, Key=f"{self._prefix}{name}", Range=f"bytes=0-{size - 1}"
                )
            except Exception as error:
                if code_of(error) in ("NoSuchKey", "404", "InvalidRange", "416"):
                    return b""
                raise
            content: bytes = found["Body"].read()
            return content

    def remove(self, names: Sequence[str]) -> list[str]:
        """Remove files and return what went wrong, a line each."""
        problems: list[str] = []
        rest = iter(names)
        while chunk := list(islice(rest, _MOST)):
            keys = [{"Key": f"{self._prefix}{name}"} for name in chunk]
            try:
                answer = self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": keys, "Quiet": True}
                )
            except Exception as error:
                explanation = explained(error, f"removing from {self._url}")
                if explanation is None:
                    raise
                problems.append(str(explanation))
                continue
            problems += [
                f"s3://{self._bucket}/{each['Key']} cannot be removed: {each.get('Message') or each.get('Code')}"
                for each in answer.get("Errors", ())
            ]
        return problems
