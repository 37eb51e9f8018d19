"""The arguments of a call, in a file that another process reads.

Floor: composition.
"""

from __future__ import annotations

from typing import Any

from redun.file import File
from redun.value.pickling import dump, load

__all__ = ["pack", "read_input", "unpack", "write_input"]

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def pack(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    """Return arguments as bytes."""
    return bytes(dump((args, kwargs), flat=False))


def unpack(data: bytes) -> Arguments:
    """Return the arguments that `pack` made bytes of."""
    args, kwargs = load(data)
    return tuple(args), dict(kwargs)


def write_input(scratch_prefix: str, execution_id: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Write arguments to the scratch folder of an execution and return the path."""
    path = f"{scratch_prefix.rstrip('/')}/execution/{execution_id}/input"
    File(path).write(pack(args, kwargs), mode="wb")
    return path


def read_input(path: str) -> Arguments:
    """Return the arguments in a file."""
    with File(path).open("rb") as stream:
        return unpack(stream.read())
