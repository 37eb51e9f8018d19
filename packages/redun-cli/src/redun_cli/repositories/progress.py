"""How far records have come.

Floor: command line.
"""

from __future__ import annotations

from redun_cli.status_line import StatusLine

__all__ = ["Progress"]


class Progress(StatusLine):
    """Counts records by what is done with them."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[str, int] = {}

    def told(self, what: str, number: int) -> None:
        """Take down that something was done with so many more records."""
        self._counts[what] = self._counts.get(what, 0) + number
        self.refresh()

    def text(self) -> str:
        return ", ".join(f"{what} {count:,}" for what, count in self._counts.items())
