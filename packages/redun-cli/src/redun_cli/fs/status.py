"""`redun fs stat`.

Floor: command line.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator, Sequence
from typing import Any

from redun.errors import RedunError
from redun.file import Dir, File
from redun.filesystems import RedunFileNotFoundError, get_filesystem

from redun_cli.fs.paths import each_told, expand
from redun_cli.log.writing import write_lines

__all__ = ["show"]


def show(paths: Sequence[str], *, as_json: bool) -> int:
    """Print what is known of files and return the exit code."""
    failures: list[RedunError] = []
    described = each_told(paths, _look, failures)
    if as_json:
        print(json.dumps(list(described), indent=2))
    else:
        for number, facts in enumerate(described):
            lines = [f"{name + ':':<11}{_text(value)}" for name, value in facts.items() if value is not None]
            write_lines(["", *lines] if number else lines)
    return 1 if failures else 0


def _look(word: str) -> Iterator[dict[str, Any]]:
    for path in expand(word):
        yield _facts(path)


def _facts(path: str) -> dict[str, Any]:
    filesystem = get_filesystem(path)
    if filesystem.isfile(path):
        file = File(path)
        return {
            "path": path,
            "type": "file",
            "size": filesystem.filesize(path),
            "hash": file.hash,
            "signature": filesystem.stat_signature(path),
        }
    if filesystem.isdir(path):
        folder = Dir(path)
        files = folder.files()
        return {
            "path": path,
            "type": "directory",
            "files": len(files),
            "size": sum(file.size() for file in files),
            "hash": folder.hash,
        }
    if filesystem.exists(path):
        return {"path": path, "type": "special"}
    raise RedunFileNotFoundError(errno.ENOENT, "No such file or directory", path)


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
