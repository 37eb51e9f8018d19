"""`redun fs cp`.

Floor: command line. What goes where is settled before anything is copied.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import click
from redun.file import File, copy_file
from redun.filesystems import RedunFileNotFoundError, get_filesystem
from redun.filesystems.errors import RedunIsADirectoryError, naming

from redun_cli.fs.paths import base_name, expand, is_local, is_pattern
from redun_cli.fs.progress import Progress

__all__ = ["copy"]

_BLOCK = 1 << 20
_AT_A_TIME = 8


def copy(sources: Sequence[str], dest: str, *, recursive: bool) -> None:
    """Copy files, or with `recursive` directories too.

    Raises
    ------
    UsageError
        The words make no sense together.
    FileSystemError
        Something cannot be read or written.
    """
    if "-" in (*sources, dest):
        if recursive:
            raise click.UsageError("a directory has no place in standard input or output; give two paths")
        if len(sources) > 1:
            raise click.UsageError(
                "one file is copied from standard input or to standard output, not several"
            )
        copy_file(None if sources[0] == "-" else sources[0], None if dest == "-" else dest)
        return
    pairs = list(_pairs(sources, dest, recursive))
    with Progress(len(pairs)) as progress:
        one = partial(_copy_file, progress=progress)
        if len(pairs) < 2 or (is_local(dest) and all(is_local(source) for source in sources)):
            for pair in pairs:
                one(pair)
            return
        with ThreadPoolExecutor(_AT_A_TIME) as threads:
            running = [threads.submit(one, pair) for pair in pairs]
            try:
                for copied in running:
                    copied.result()
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                raise


def _pairs(sources: Sequence[str], dest: str, recursive: bool) -> Iterator[tuple[str, str]]:
    """Yield each file to copy and where to."""
    several = len(sources) > 1 or is_pattern(sources[0])
    into = dest.endswith("/") or (_is_local_folder(dest) and (several or not recursive))
    if several and not into:
        raise click.UsageError(f"several files are copied into a directory: end {dest} with a slash")
    for source in (found for word in sources for found in expand(word)):
        target = get_filesystem(dest).join(dest, base_name(source)) if into else dest
        filesystem = get_filesystem(source)
        if recursive and filesystem.isdir(source):
            if is_local(target):
                # The copy of an empty directory is one.
                get_filesystem(target).mkdir(target)
            for name in filesystem.listing(source).files:
                yield filesystem.join(source, name), get_filesystem(target).join(target, name)
        elif recursive and not filesystem.isfile(source):
            raise RedunFileNotFoundError(errno.ENOENT, "No such directory to copy", source)
        else:
            yield source, target


def _is_local_folder(path: str) -> bool:
    return is_local(path) and get_filesystem(path).isdir(path)


def _copy_file(pair: tuple[str, str], progress: Progress) -> None:
    source, dest = pair
    try:
        _transfer(source, dest, progress)
    except (FileNotFoundError, IsADirectoryError):
        # Not asked before: on a server each question takes its time.
        if get_filesystem(source).isdir(source):
            raise RedunIsADirectoryError(
                errno.EISDIR, "This is a directory, which -r copies", source
            ) from None
        raise
    progress.done()


def _transfer(source: str, dest: str, progress: Progress) -> None:
    if get_filesystem(source) is get_filesystem(dest):
        File(source).copy_to(dest)
    else:
        # As `copy_to` does, but told of as it goes.
        with naming(dest), File(source).open("rb") as reading, File(dest).open("wb") as writing:
            while block := reading.read(_BLOCK):
                writing.write(block)
                progress.moved(len(block))
