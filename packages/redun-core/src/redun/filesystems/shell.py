"""Shell commands that copy files.

Floor: values. A command may consist of several, joined by ``;`` so that ``set -e`` notices when one fails.
"""

from __future__ import annotations

import os
from shlex import quote

__all__ = ["local_copy", "redun_copy"]


def local_copy(source: str | None, dest: str | None, recursive: bool = False) -> str:
    """Return the command for files of this machine; None is standard input or output."""
    if source is None or dest is None:
        read = [] if source is None else [_word(source)]
        write = [] if dest is None else [">", _word(dest)]
        return " ".join([_parents(dest) + "cat", *read, *write])
    if recursive:
        # `cp -r a b` copies into b if there is one.
        return f"mkdir -p {_word(dest)}; cp -r {_word(source.rstrip('/') + '/.')} {_word(dest)}"
    return f"{_parents(dest)}cp {_word(source)} {_word(dest)}"


def redun_copy(source: str | None, dest: str | None, recursive: bool = False) -> str:
    """Return the command that lets redun copy between file systems; None is standard input or output."""
    words = ["redun", "fs", "cp", *(["--recursive"] if recursive else [])]
    return " ".join([*words, *("-" if path is None else _word(path) for path in (source, dest))])


def _parents(dest: str | None) -> str:
    above = os.path.dirname(dest or "").rstrip("/")
    return f"mkdir -p {_word(above)}; " if above else ""


def _word(path: str) -> str:
    # No option, whatever the path begins with.
    return quote(f"./{path}" if path.startswith("-") else path)
