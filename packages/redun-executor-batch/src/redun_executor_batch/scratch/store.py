"""Where a scratch folder is: in a bucket, or in a file system that Batch mounts. Both list, read and remove by name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from redun.errors import FileSystemError

from redun_executor_batch.denials import asking, code_of, explained

__all__ = ["BucketStore", "Entry", "FolderStore", "Store"]

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


class Store(Protocol):
    """Files by their names within a folder."""

    def entries(self, folder: str) -> Iterator[Entry]:
        """Yield all files below a folder of the scratch folder, in the order of their names."""

    def beginning(self, name: str, size: int) -> bytes:
        """Return the first bytes of a file; nothing if there is none."""

    def remove(self, names: Sequence[str]) -> list[str]:
        """Remove files and return what went wrong, a line each."""


class BucketStore:
    """A scratch folder in S3.

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
        """See `Store`."""
        with asking(f"listing {self._url}/{folder}"):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=f"{self._prefix}{folder}/"):
                for each in page.get("Contents", ()):
                    name = each["Key"].removeprefix(self._prefix)
                    yield Entry(name, each["Size"], each["LastModified"].timestamp())

    def beginning(self, name: str, size: int) -> bytes:
        """See `Store`."""
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
        """See `Store`."""
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


class FolderStore:
    """A scratch folder in a file system.

    Parameters
    ----------
    root : path
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self._root = Path(root)

    def entries(self, folder: str) -> Iterator[Entry]:
        """See `Store`."""
        for path in sorted((self._root / folder).rglob("*")):
            try:
                status = path.lstat()
            except FileNotFoundError:
                continue
            if not path.is_dir() or path.is_symlink():
                yield Entry(path.relative_to(self._root).as_posix(), status.st_size, status.st_mtime)

    def beginning(self, name: str, size: int) -> bytes:
        """See `Store`."""
        try:
            with (self._root / name).open("rb") as stream:
                return stream.read(size)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise FileSystemError(f"{self._root / name} cannot be read: {error.strerror}") from error

    def remove(self, names: Sequence[str]) -> list[str]:
        """See `Store`."""
        problems: list[str] = []
        folders: set[Path] = set()
        for name in names:
            path = self._root / name
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                problems.append(f"{path} cannot be removed: {error.strerror}")
            folders.update(path.relative_to(self._root).parents)
        # The deepest first; those that hold something else stay, as do the folders of each kind.
        for folder in sorted(folders, key=lambda each: -len(each.parts)):
            if len(folder.parts) > 1:
                try:
                    (self._root / folder).rmdir()
                except OSError:
                    continue
        return problems
