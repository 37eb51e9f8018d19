"""`redun fs ls`.

Floor: command line.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import repeat

from redun.errors import RedunError
from redun.filesystems import FileSystem, Fingerprint, RedunFileNotFoundError, get_filesystem
from redun.filesystems.base import DIRECTORY, Entry

from redun_cli.fs.paths import each_told, expand, is_pattern
from redun_cli.log.writing import write_lines

__all__ = ["list_paths"]


def list_paths(paths: Sequence[str], *, long: bool, recursive: bool, as_json: bool) -> int:
    """Print what lies at some paths and return the exit code."""
    failures: list[RedunError] = []
    entries = each_told(paths, partial(_look, recursive=recursive), failures)
    if as_json:
        import json

        print(json.dumps([_described(entry) for entry in entries], indent=2))
    elif long:
        found = list(entries)
        width = max([len(str(entry.size)) for entry in found if entry.size is not None], default=0)
        write_lines(
            f"{'' if entry.size is None else entry.size:>{width}}  {_shown(entry)}" for entry in found
        )
    else:
        write_lines(_shown(entry) for entry in entries)
    return 1 if failures else 0


def _look(path: str, *, recursive: bool) -> Iterator[Entry]:
    filesystem = get_filesystem(path)
    if not is_pattern(path):
        yield from _inside(filesystem, path, recursive)
    elif recursive:
        for found in expand(path):
            yield from _inside(filesystem, found, recursive)
    else:
        listing = filesystem.matching(path)
        if not listing.files:
            raise RedunFileNotFoundError(errno.ENOENT, "Nothing matches the pattern", path)
        for found, known in zip(listing.files, listing.fingerprints or repeat(None), strict=False):
            yield _entry(filesystem, found, known)


def _inside(filesystem: FileSystem, path: str, recursive: bool) -> Iterator[Entry]:
    """Yield what lies in a directory, or the file itself."""
    if not filesystem.isdir(path):
        yield _entry(filesystem, path)
    elif recursive:
        listing = filesystem.listing(path)
        for name, known in zip(listing.files, listing.fingerprints or repeat(None), strict=False):
            yield _plain(_entry(filesystem, filesystem.join(path, name), known))
    else:
        for entry in filesystem.entries(path):
            yield _plain(entry)


def _plain(entry: Entry) -> Entry:
    return entry._replace(path=entry.path.removeprefix("./"))


def _entry(filesystem: FileSystem, path: str, known: Fingerprint | None = None) -> Entry:
    if known is not None:
        return Entry(path, None if known.same(DIRECTORY) else known.size)
    if filesystem.isfile(path):
        return Entry(path, filesystem.filesize(path))
    if filesystem.isdir(path):
        return Entry(path, None)
    if filesystem.exists(path):
        # A pipe, a device.
        return Entry(path, 0)
    raise RedunFileNotFoundError(errno.ENOENT, "No such file or directory", path)


def _shown(entry: Entry) -> str:
    return entry.path.rstrip("/") + "/" if entry.size is None else entry.path


def _described(entry: Entry) -> dict[str, object]:
    kind = "directory" if entry.size is None else "file"
    return {"path": entry.path, "type": kind, "size": entry.size}
