"""Kinds of objects without content that lasts, and what to use instead of each.

Floor: hashing.
"""

from __future__ import annotations

import io
from _thread import LockType, RLock
from types import AsyncGeneratorType, CoroutineType, FrameType, GeneratorType, ModuleType, TracebackType

__all__ = ["advice"]

_INSTEAD: tuple[tuple[tuple[type, ...], str], ...] = (
    ((GeneratorType, AsyncGeneratorType), "a generator can be gone through only once; make it a list"),
    ((CoroutineType,), "a coroutine has not run yet; await it, in a task that is an async def"),
    (
        (io.FileIO, io.BufferedIOBase, io.TextIOBase),
        "an open file ends with its process; pass redun.File(path)",
    ),
    ((ModuleType,), "a module is code; import it where it is used"),
    ((LockType, RLock), "a lock ends with its process; limits=[...] keeps tasks apart"),
    ((FrameType, TracebackType), "a frame ends with its process; pass what is needed of it"),
)
_IN_MEMORY = (io.BytesIO, io.StringIO)


def advice(kind: type) -> str | None:
    """Return why objects of a class have no content hash and what to do, None for other classes.

    Examples
    --------
    >>> advice(type(x for x in "ab"))
    'a generator can be gone through only once; make it a list'
    >>> advice(list)
    """
    if issubclass(kind, _IN_MEMORY):
        return None
    return next((text for kinds, text in _INSTEAD if issubclass(kind, kinds)), None)
