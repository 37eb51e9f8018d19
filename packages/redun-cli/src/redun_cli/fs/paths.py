"""What the words of a command line stand for: files, directories, patterns of them.

Floor: command line.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import click
from redun.errors import RedunError
from redun.filesystems import RedunFileNotFoundError, get_filesystem

__all__ = ["base_name", "each_told", "expand", "is_local", "is_pattern"]

Found = TypeVar("Found")

_MAGIC = re.compile(r"[*?[]")


def is_local(path: str) -> bool:
    """Tell whether a path is one of this machine."""
    return get_filesystem(path).scheme == "file"


def is_pattern(path: str) -> bool:
    """Tell whether a word is a pattern: it has wildcards, and there is no file of this very name."""
    return _MAGIC.search(path) is not None and not get_filesystem(path).exists(path)


def expand(path: str) -> list[str]:
    """Return the paths that a word stands for: those that match a pattern, else itself.

    Raises
    ------
    RedunFileNotFoundError
        Nothing matches.
    """
    if not is_pattern(path):
        return [path]
    found = get_filesystem(path).glob(path)
    if not found:
        raise RedunFileNotFoundError(errno.ENOENT, "Nothing matches the pattern", path)
    return found


def base_name(path: str) -> str:
    """Return the last part of a path."""
    return path.rstrip("/").rpartition("/")[2]


def each_told(
    paths: Iterable[str], look: Callable[[str], Iterable[Found]], failures: list[RedunError]
) -> Iterator[Found]:
    """Yield what is found for each path; one that fails is told of, and the others are looked at all the same."""
    for path in paths:
        try:
            yield from look(path)
        except RedunError as error:
            failures.append(error)
            click.echo(f"redun: error: {error}", err=True)
