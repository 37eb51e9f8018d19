"""Which job a thread works for, so that what it prints and logs can be kept with the job.

Floor: executors. A worker has one `Slot` for all its jobs, and nothing is made for a job that is silent. The slot is a
context variable: it is inherited by tasks of asyncio, not by threads that a body starts.
"""

from __future__ import annotations

from contextlib import suppress
from contextvars import ContextVar
from threading import Lock
from typing import Protocol

from redun.executors.output import Kept, Output

__all__ = ["Slot", "slot", "slot_of_context"]


# For threads that share a context.
_adding = Lock()


class Outlet(Protocol):
    """Where a job writes lines."""

    def let_go(self) -> None:
        """Show the beginning of a line that the job of this context has written."""


class Slot:
    """Where the output of the job of this context goes.

    Attributes
    ----------
    active : bool
        A job is at work.
    kept : dict of int to Kept, or None
        By `OutputStream`, from the first byte on.
    """

    __slots__ = ("_lines", "active", "kept")

    def __init__(self) -> None:
        self.active = False
        self.kept: dict[int, Kept] | None = None
        self._lines: dict[Outlet, list[str]] | None = None

    def line(self, outlet: Outlet, text: str, *, whole: bool) -> str:
        """Add to the line that the job writes to an outlet; return it once it is whole, else nothing."""
        with _adding:
            if self._lines is None:
                self._lines = {}
            pieces = self._lines.get(outlet)
            if whole and not pieces:
                return text
            if pieces is None:
                pieces = self._lines[outlet] = []
            pieces.append(text)
            if not whole:
                return ""
            shown = "".join(pieces)
            pieces.clear()
            return shown

    def keep(self, stream: int, data: bytes) -> None:
        """Take output of the job."""
        if self.kept is None:
            self.kept = {}
        # In one step, for threads that share the context.
        kept = self.kept.get(stream) or self.kept.setdefault(stream, Kept())
        kept.write(data)

    def take(self) -> tuple[Output, ...]:
        """Return what came in since last asked, all of it being shown."""
        if self._lines is not None:
            for outlet in self._lines:
                # The job is over: that its last line cannot be shown is not its failure.
                with suppress(OSError, ValueError):
                    outlet.let_go()
            self._lines = None
        kept, self.kept = self.kept, None
        if kept is None:
            return ()
        return tuple([kept[stream].output(stream) for stream in sorted(kept)])


slot: ContextVar[Slot | None] = ContextVar("redun_output", default=None)


def slot_of_context() -> Slot:
    """Return the slot of this context, made if there is none."""
    found = slot.get()
    if found is None:
        found = Slot()
        slot.set(found)
    return found
