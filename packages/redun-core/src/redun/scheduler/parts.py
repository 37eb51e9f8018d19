"""Putting cells' values together from those of their parts.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redun.scheduler.cells import DONE, DROPPED, Cell, Job
from redun.value.nested import LAZY, lazies, rebuild, shape_of

__all__ = ["Parts"]


class Parts:
    """Reads the parts of cells, and lets go of large values that nobody waits for any more.

    Parameters
    ----------
    reload : callable
        From the hash and payload format of a large value that was let go to the value, read from the record.
    """

    def __init__(self, reload: Callable[[bytes, int], Any]) -> None:
        self._reload = reload

    def take(self, cell: Cell) -> tuple[Any, bytes | None, tuple[bytes, ...]]:
        """Return the value of a cell's template, its hash where known, and the calls it came from."""
        leaves, parts = cell.leaves, cell.parts
        assert leaves is not None
        assert parts is not None
        if len(parts) == 1 and leaves[0] is cell.template:
            # A tail call: the value of the part is the value of the whole, and its hash is known.
            part = parts[0]
            value, value_hash = self.read(part), part.value_hash
            self.release(part)
            cell.stored = part.stored
            return value, value_hash, part.sources
        substitutes = {id(leaf): self.read(part) for leaf, part in zip(leaves, parts, strict=True)}
        value = rebuild(cell.template, substitutes)
        sources = tuple(dict.fromkeys([source for part in parts for source in part.sources]))
        for part in parts:
            self.release(part)
        cell.leaves = cell.parts = cell.template = None
        return value, None, sources

    def take_arguments(self, job: Job) -> None:
        """Give a job its concrete arguments, their hashes where known, and the calls they came from."""
        template, leaves, parts = job.template, job.leaves, job.parts
        assert leaves is not None
        assert parts is not None
        cells = {id(leaf): part for leaf, part in zip(leaves, parts, strict=True)}
        substitutes = {number: self.read(part) for number, part in cells.items()}
        values: list[Any] = []
        hashes: list[bytes | None] = []
        flows: list[tuple[int, bytes]] = []
        for position, item in enumerate(template):
            shape = shape_of(item.__class__)
            known = None
            if shape is not None:
                inner = lazies(item) if parts else ()
                sources = dict.fromkeys([source for leaf in inner for source in cells[id(leaf)].sources])
                flows += [(position, source) for source in sources]
                if shape is LAZY:
                    known = cells[id(item)].value_hash
                    item = substitutes[id(item)]
                # Containers are copied for each call: a body that changes its list changes nobody else's.
                item = rebuild(item, substitutes)
            values.append(item)
            hashes.append(known)
        for part in parts:
            self.release(part)
        job.values = tuple(values)
        job.arg_hashes = hashes
        job.flows = flows
        job.template = job.leaves = job.parts = None

    def read(self, part: Cell) -> Any:
        """Return the value of a part, or the error with which it failed."""
        if part.value is DROPPED:
            assert part.value_hash is not None
            assert part.stored is not None
            part.value = self._reload(part.value_hash, part.stored)
        return part.value if part.fault is None else part.fault.error

    def release(self, part: Cell) -> None:
        """Note that one who waited for a part has read it."""
        part.readers -= 1
        if part.stored is not None and part.readers <= 0 and part.state == DONE:
            part.value = DROPPED
