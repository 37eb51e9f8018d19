"""Whether external values still hold, many at a time.

Floor: values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redun.errors import FileSystemError
from redun.file.file import File
from redun.filesystems.base import FileSystem
from redun.value.treatment import treatment_of

__all__ = ["validate"]


def validate(values: Sequence[Any]) -> list[bool]:
    """Tell of each external value whether the world still holds what it says.

    Files are asked for together, once per file system. What cannot be looked at does not hold.

    Parameters
    ----------
    values : sequence
        Values whose class defines ``__redun_valid__``, or is judged by a treatment.

    Examples
    --------
    >>> import tempfile
    >>> from redun import File
    >>> file = File(f"{tempfile.mkdtemp()}/note.txt")
    >>> file.write("text")
    >>> known = file.hash
    >>> validate([file])
    [True]
    >>> with open(file.path, "a") as stream:
    ...     _ = stream.write(" and more")
    >>> validate([file])
    [False]
    """
    holds = [False] * len(values)
    batches: dict[FileSystem, list[int]] = {}
    for index, value in enumerate(values):
        if type(value) is File:
            batches.setdefault(value.filesystem, []).append(index)
        else:
            holds[index] = _holds(value)
    for filesystem, indexes in batches.items():
        try:
            for index, valid in zip(
                indexes, File.hold(filesystem, [values[index] for index in indexes]), strict=True
            ):
                holds[index] = valid
        except FileSystemError:
            # One of them cannot be looked at; ask one by one which.
            for index in indexes:
                holds[index] = _holds(values[index])
    return holds


def _holds(value: Any) -> bool:
    try:
        if hasattr(value, "__redun_valid__"):
            return bool(value.__redun_valid__())
        treatment = treatment_of(type(value))
        return treatment is None or treatment.holds is None or treatment.holds(value)
    except Exception:
        # Code of the value's own class included: a result that cannot be judged is made again.
        return False
