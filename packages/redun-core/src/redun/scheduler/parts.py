"""Putting cells' values together from those of their parts.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from redun.scheduler.cells import DONE, DROPPED, TAIL, Cell, Job
from redun.value.nested import LAZY, lazies, rebuild, shape_of

__all__ = ["Parts", "picked"]


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
        template, leaves, parts = cell.template, cell.leaves, cell.parts
        assert leaves is not None
        assert parts is not None
        if template is TAIL:
            # A tail call: the value of the part is the value of the whole, and its hash is known.
            part = parts[0]
            value, value_hash, sources = self.read(part), part.value_hash, part.sources
            cell.stored = part.stored
        else:
            substitutes = {id(leaf): self.read(part) for leaf, part in zip(leaves, parts, strict=True)}
            value, value_hash = rebuild(template, substitutes), None
            sources = _sources_of(parts)
        self.release(cell)
        cell.leaves = cell.template = None
        return value, value_hash, sources

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
        fresh: list[int] = []
        for position, item in enumerate(template):
            shape = shape_of(item.__class__)
            known = None
            if shape is LAZY:
                part = cells[id(item)]
                known = part.value_hash
                flows += [(position, source) for source in part.sources]
                item = substitutes[id(item)]
            elif shape is not None and parts:
                inner = lazies(item)
                if inner:
                    sources = _sources_of([cells[id(leaf)] for leaf in inner])
                    flows += [(position, source) for source in sources]
                    item = rebuild(item, substitutes)
            if known is None:
                fresh.append(position)
            values.append(item)
            hashes.append(known)
        self.release(job)
        job.values = tuple(values)
        job.arg_hashes = hashes
        job.flows = flows
        job.fresh = fresh
        job.template = job.leaves = None

    def items(self, cell: Cell) -> list[tuple[bytes, ...]] | None:
        """Return for each item of a cell's list the calls it came from; None if its template is no list.

        Who picks one item out of many depends on that one's calls alone.
        """
        template = cell.template
        assert cell.leaves is not None
        assert cell.parts is not None
        if template is TAIL:
            return cell.parts[0].items
        if type(template) not in (list, tuple):
            return None
        cells = {id(leaf): part for leaf, part in zip(cell.leaves, cell.parts, strict=True)}
        return [_sources_of([cells[id(leaf)] for leaf in lazies(item)]) for item in template]

    def read(self, part: Cell) -> Any:
        """Return the value of a part, or the error with which it failed."""
        if part.value is DROPPED:
            assert part.value_hash is not None
            assert part.stored is not None
            part.value = self._reload(part.value_hash, part.stored)
        return part.value if part.fault is None else part.fault.error

    def release(self, cell: Cell) -> None:
        """Note that a cell does not need its parts any more."""
        parts, cell.parts = cell.parts, None
        for part in parts or ():
            part.readers -= 1
            if part.stored is not None:
                self.drop(part)

    def drop(self, part: Cell) -> None:
        """Let go of a large value unless somebody still has to read it."""
        if part.stored is not None and part.readers <= 0 and part.state == DONE:
            part.value = DROPPED


def picked(args: Sequence[Any], parts: Sequence[Cell]) -> tuple[bytes, ...] | None:
    """Return the calls that one item of a list came from, if that is known."""
    items = parts[0].items
    if items is None or not isinstance(args[1], int) or not -len(items) <= args[1] < len(items):
        return None
    return items[args[1]]


def _sources_of(parts: Sequence[Cell]) -> tuple[bytes, ...]:
    if len(parts) == 1:
        return _sources(parts[0])
    return tuple(dict.fromkeys([source for part in parts for source in _sources(part)]))


def _sources(part: Cell) -> tuple[bytes, ...]:
    fault = part.fault
    if fault is None:
        return part.sources
    job = fault.job
    return (job.call_hash,) if job is not None and job.call_hash is not None else ()
