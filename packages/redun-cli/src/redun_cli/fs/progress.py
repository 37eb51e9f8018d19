"""How far a copy is.

Floor: command line.
"""

from __future__ import annotations

from threading import Lock

from redun_cli.status_line import StatusLine

__all__ = ["Progress"]


class Progress(StatusLine):
    """Counts files and bytes, from any thread.

    Parameters
    ----------
    files : int
        How many there are to copy.
    """

    def __init__(self, files: int) -> None:
        super().__init__()
        self._files = files
        self._copied = 0
        self._bytes = 0
        self._lock = Lock()

    def moved(self, size: int) -> None:
        """Take down that bytes were copied."""
        with self._lock:
            self._bytes += size
            self.refresh()

    def done(self) -> None:
        """Take down that a file was copied."""
        with self._lock:
            self._copied += 1
            self.refresh()

    def text(self) -> str:
        through = f", {self._bytes / 1e6:,.0f} MB" if self._bytes else ""
        return f"copied {self._copied} of {self._files} files{through}"
