"""`redun fs ls`.

Floor: command line.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from redun.errors import RedunError
from redun.filesystems import FileSystem, RedunFileNotFoundError, get_filesystem
from redun.filesystems.base import Entry

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
    if is_pattern(path) and not recursive:
        for found in expand(path):
            yield _entry(filesystem, found)
        return
    for found in expand(path):
        if not filesystem.isdir(found):
            yield _entry(filesystem, found)
        elif not recursive:
            yield from _plain(filesystem.entries(found))
        else:
            yield from _plain(_below(filesystem, found))


def _below(filesystem: FileSystem, folder: str) -> Iterator[Entry]:
    listing = filesystem.listing(folder)
    for at, name in enumerate(listing.files):
        path = filesystem.join(folder, name)
        known = listing.fingerprints
        yield Entry(path, filesystem.filesize(path) if known is None else known[at].size)


def _plain(entries: Iterable[Entry]) -> Iterator[Entry]:
    for entry in entries:
        yield entry._replace(path=entry.path.removeprefix("./"))


def _entry(filesystem: FileSystem, path: str) -> Entry:
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
