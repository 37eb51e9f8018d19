"""Making a code package.

Floor: executors. The hash is that of names, executable bits and contents, in the order of the names; neither times nor
owners are kept. It says nothing of how the archive was compressed, which differs between versions of zlib.
"""

from __future__ import annotations

import os
import stat
import tarfile
from gzip import GzipFile
from io import BytesIO

import attrs

from redun.errors import ExecutorError
from redun.executors.packaging.contents import MAX_SIZE, content_hash, file_digest
from redun.executors.packaging.options import Packaging
from redun.executors.packaging.selection import select
from redun.logging import logger

__all__ = ["LARGE", "Archive", "archive"]

LARGE = 64 << 20
"""Bytes from which on it is remarked on."""

_ATTEMPTS = 3
_FAST = 6


@attrs.frozen
class Archive:
    """A code package.

    Attributes
    ----------
    hash : str
        40 hex digits.
    data : bytes
        A compressed tar archive.
    files : tuple of str
        The names of what it holds, sorted, relative to the project's folder.
    size : int
        Bytes of the files together.
    """

    hash: str
    data: bytes = attrs.field(repr=False)
    files: tuple[str, ...] = attrs.field(repr=False)
    size: int


def archive(root: str, packaging: Packaging | None = None) -> Archive:
    """Pack the code of a project.

    Parameters
    ----------
    root : str
        The project's folder.
    packaging : Packaging, optional
        What to pack; by default its Python files.

    Raises
    ------
    ConfigError
        A pattern leads out of the project.
    ExecutorError
        A file cannot be read, or it is far too much.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> root = mkdtemp()
    >>> Path(root, "workflow.py").write_text("x = 1")
    5
    >>> archive(root).files
    ('workflow.py',)
    """
    root = os.path.abspath(root)
    found = select(root, packaging or Packaging())
    buffer = BytesIO()
    digests: list[bytes] = []
    names: list[str] = []
    sizes: list[int] = []
    total = 0
    with (
        GzipFile(filename="", mode="wb", compresslevel=_FAST, fileobj=buffer, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, path in found:
            try:
                content, executable = _read(path, MAX_SIZE - total)
            except FileNotFoundError:
                # Gone since it was listed, like the temporary file of an editor.
                continue
            except OSError as error:
                raise ExecutorError(
                    f"{path} cannot be packed with the code: {error.strerror}. Leave it out by code_excludes."
                ) from error
            except _TooMuch as more:
                raise _too_large(root, [*names, name], [*sizes, more.size]) from None
            total += len(content)
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755 if executable else 0o644
            tar.addfile(entry, BytesIO(content))
            names.append(name)
            sizes.append(len(content))
            digests.append(file_digest(name, executable, content))
    if total > LARGE:
        logger.warning(
            "The code package of %s is large: %s. code_includes and code_excludes say what it holds; data is "
            "better given to tasks as File.",
            root,
            _largest(names, sizes),
        )
    return Archive(content_hash(digests), buffer.getvalue(), tuple(names), total)


class _TooMuch(Exception):
    def __init__(self, size: int) -> None:
        self.size = size


def _read(path: str, limit: int) -> tuple[bytes, bool]:
    """Return the content of a file, as it was at one moment if it ever rests, and whether it is executable."""
    with open(path, "rb", buffering=0) as file:
        for _ in range(_ATTEMPTS):
            before = os.fstat(file.fileno())
            if before.st_size > limit:
                raise _TooMuch(before.st_size)
            file.seek(0)
            content = file.read()
            after = os.fstat(file.fileno())
            if (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, len(content)):
                break
        if len(content) > limit:
            raise _TooMuch(len(content))
        return content, bool(before.st_mode & stat.S_IXUSR)


def _too_large(root: str, names: list[str], sizes: list[int]) -> ExecutorError:
    return ExecutorError(
        f"The code package of {root} would be larger than {_mib(MAX_SIZE)}: {_largest(names, sizes)}. Say by "
        "code_includes and code_excludes what is code; data is better given to tasks as File."
    )


def _largest(names: list[str], sizes: list[int]) -> str:
    largest = sorted(zip(sizes, names, strict=True), reverse=True)[:3]
    most = ", ".join(f"{name} ({_mib(size)})" for size, name in largest)
    return f"{_mib(sum(sizes))} in {len(names)} files, the largest being {most}"


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.0f} MiB" if size >= 10 << 20 else f"{size / (1 << 20):.1f} MiB"
