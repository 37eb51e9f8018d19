"""Memory that processes share: large buffers are written once and mapped by whoever reads them.

Floor: executors. Files without a name, so that nothing is left of them when the last process lets go, however
that ends.
"""

from __future__ import annotations

import mmap
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from weakref import finalize

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["ALIGNMENT", "map_file", "store"]

ALIGNMENT = 64

_MAPPED = 256
"""How many mappings may be alive before contents are copied: each holds a descriptor before Python 3.13."""

_CHUNK = 1 << 30
_counted = [0]


def store(buffers: Sequence[Buffer]) -> tuple[int, list[tuple[int, int]]]:
    """Write buffers into a file without a name.

    Returns
    -------
    int, list of (int, int)
        The descriptor, which the caller closes; and of each buffer where it begins and its length.

    Raises
    ------
    OSError
        There is no space for them.
    """
    descriptor = _unnamed()
    places = []
    end = 0
    try:
        for buffer in buffers:
            view = memoryview(buffer).cast("B")
            places.append((end, view.nbytes))
            written = 0
            while written < view.nbytes:
                written += os.pwrite(descriptor, view[written : written + _CHUNK], end + written)
            end += view.nbytes
            end += -end % ALIGNMENT
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, places


def map_file(descriptor: int) -> memoryview:
    """Return the content of a file; what is written to it is seen by nobody else. The descriptor may be closed then."""
    size = os.fstat(descriptor).st_size
    if not size:
        return memoryview(bytearray())
    if sys.version_info >= (3, 13):
        return memoryview(_mapped(descriptor, size, trackfd=False))
    if _counted[0] < _MAPPED:
        mapped = _mapped(descriptor, size)
        _counted[0] += 1
        finalize(mapped, _forget).atexit = False
        return memoryview(mapped)
    content = memoryview(bytearray(size))
    read = 0
    while read < size:
        read += os.preadv(descriptor, [content[read : read + _CHUNK]], read)
    return content


def _mapped(descriptor: int, size: int, **how: Any) -> mmap.mmap:
    return mmap.mmap(descriptor, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE, **how)


def _forget() -> None:
    _counted[0] -= 1


def _unnamed() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("redun", os.MFD_CLOEXEC)
    from tempfile import TemporaryFile

    with TemporaryFile(buffering=0) as file:
        return os.dup(file.fileno())
