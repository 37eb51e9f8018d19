"""Looking at many files at once, right before each of them is asked what it is.

Floor: values. A server far away takes as long to tell of one file as of a thousand. So whoever is about to hash many
values lets their files be looked at together. What was seen counts inside of the ``with`` block only: afterwards, files
follow the world as ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from redun.errors import FileSystemError, PluginError
from redun.file.file import File
from redun.file.reference import Reference
from redun.file.staging import Staging
from redun.filesystems.base import FileSystem
from redun.value.nested import scan

__all__ = ["as_seen", "looked_at_together"]

FEW = 4
"""Files up to which each may as well be asked for."""

_LISTS = (list, tuple, set, frozenset)


@contextmanager
def looked_at_together(values: Iterable[Any], *, anew: bool = False) -> Iterator[None]:
    """Look at the files among values, and in lists and dicts of them, where their file system gains by it.

    Parameters
    ----------
    values : iterable
    anew : bool
        Whether to look at pinned files too, for they are to be pinned to what is there now.
    """
    # A process that has met no URL has nothing to gain.
    glimpsed = _glimpse(values, anew) if Reference.elsewhere else []
    try:
        yield
    finally:
        for file in glimpsed:
            file._glimpsed = False


def _glimpse(values: Iterable[Any], anew: bool) -> list[File]:
    groups: dict[FileSystem, list[File]] = {}
    for file in {id(file): file for file in _files(values)}.values():
        if "://" in file.path and not file._is_written() and (anew or not file._pinned):
            try:
                filesystem = file.filesystem
            except PluginError:
                continue
            if filesystem.at_a_time > 1:
                groups.setdefault(filesystem, []).append(file)
    glimpsed = []
    for filesystem, files in groups.items():
        if len(files) <= FEW:
            continue
        try:
            found = filesystem.fingerprints([file.path for file in files], [file._seen for file in files])
        except FileSystemError:
            # Whoever asks for the one that cannot be looked at gets the error.
            continue
        for file, seen in zip(files, found, strict=True):
            file._see(seen)
            file._glimpsed = True
        glimpsed += files
    return glimpsed


@contextmanager
def as_seen(values: Iterable[Any]) -> Iterator[None]:
    """Let files be what they were when they were looked at last: they have been hashed, and are to be recorded so."""
    files = [
        file
        for value in values
        if isinstance(file := value.remote if isinstance(value, Staging) else value, Reference)
        and file._seen is not None
        and not file._glimpsed
    ]
    for file in files:
        file._glimpsed = True
    try:
        yield
    finally:
        for file in files:
            file._glimpsed = False


def _files(values: Iterable[Any]) -> Iterator[File]:
    for value in values:
        kind = value.__class__
        if hasattr(kind, "__redun_holds__"):
            yield from scan(value, _is_file)
            continue
        parts: Iterable[Any] = value if kind in _LISTS else value.values() if kind is dict else (value,)
        kinds = set(map(type, parts))
        if File in kinds or any(issubclass(kind, Staging) for kind in kinds):
            for part in parts:
                file = part.remote if isinstance(part, Staging) else part
                if type(file) is File:
                    yield file


def _is_file(kind: type) -> bool:
    return kind is File
