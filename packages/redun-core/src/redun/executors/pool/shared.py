"""Large buffers that many calls are given: written once, for all workers.

Floor: executors.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import attrs

from redun.executors.pool.memory import store

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["SharedBuffers"]

LARGE = 1 << 20
"""Bytes from which a buffer is remembered."""

_REMEMBERED = 8


@attrs.define
class _Known:
    owner: Any  # its id must not be given to another object meanwhile
    size: int
    descriptor: int = -1


class SharedBuffers:
    """Files of buffers that were sent more than once of late."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int], _Known] = OrderedDict()

    def file_of(self, buffer: Buffer, execution: str) -> int | None:
        """Return the descriptor of a file that holds a buffer; None if it is better sent for itself.

        Parameters
        ----------
        buffer : buffer
        execution : str
            What an array held when a call got its key holds for this execution; a later one may find other content.
        """
        view = memoryview(buffer)
        if view.nbytes < LARGE:
            return None
        key = execution, id(view.obj)
        known = self._known.get(key)
        if known is None or known.size != view.nbytes:
            self._forget(key)
            self._known[key] = _Known(view.obj, view.nbytes)
            if len(self._known) > _REMEMBERED:
                self._forget(next(iter(self._known)))
            return None
        self._known.move_to_end(key)
        if known.descriptor < 0:
            known.descriptor, _places = store([view])
        return known.descriptor

    def clear(self) -> None:
        """Forget all; what was sent stays as long as somebody reads it."""
        for key in list(self._known):
            self._forget(key)

    def _forget(self, key: tuple[str, int]) -> None:
        known = self._known.pop(key, None)
        if known is not None and known.descriptor >= 0:
            os.close(known.descriptor)
