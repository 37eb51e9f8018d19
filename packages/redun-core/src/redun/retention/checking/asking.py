"""What a check needs of a database.

Floor: retention.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from redun.recorder.connection import Cursor

__all__ = ["Asking"]


class Asking(Protocol):
    """A connection to any kind of database; a question may be asked while the answers to another are read."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Cursor:
        """Ask in SQL that all of them understand, with `?` for parameters."""
