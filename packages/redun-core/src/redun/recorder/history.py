"""What was called before, for explanations: looked up one call at a time, and only when somebody asks why.

Floor: recorder.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

__all__ = ["History", "PastArgument"]

MOST = 50
"""How many earlier calls are looked at for one argument."""

_VERSIONS = "SELECT hash FROM task WHERE namespace = ? AND name = ? ORDER BY key DESC LIMIT ?"
_FILES = "SELECT value_hash FROM file WHERE path = ? LIMIT ?"
_SHARING = "SELECT eval_hash FROM argument WHERE value_hash = ? AND position = ? LIMIT ?"
_ARGUMENTS = (
    "SELECT a.name, a.value_hash, v.preview FROM argument a LEFT JOIN value v ON v.hash = a.value_hash"
    " WHERE a.eval_hash = ? ORDER BY a.position"
)


class PastArgument(NamedTuple):
    """An argument of an earlier call."""

    name: str
    value_hash: bytes
    preview: str | None


class History:
    """Looks into a record of SQLite.

    Parameters
    ----------
    looking : callable
        Lends a connection.
    """

    def __init__(self, looking: Callable[[], AbstractContextManager[sqlite3.Connection]]) -> None:
        self._looking = looking

    def versions(self, fullname: str) -> list[bytes]:
        """Return the hashes of a task's versions that were called, newest first."""
        namespace, _, name = fullname.rpartition(".")
        return self._hashes(_VERSIONS, (namespace, name, MOST))

    def file_values(self, path: str) -> list[bytes]:
        """Return the hashes of the values that a file has had."""
        return self._hashes(_FILES, (path, MOST))

    def sharing(self, value_hash: bytes, position: int) -> list[bytes]:
        """Return the eval hashes of calls with this value at this position."""
        return self._hashes(_SHARING, (value_hash, position, MOST))

    def arguments(self, eval_hash: bytes) -> list[PastArgument]:
        """Return the arguments of an earlier call, in order."""
        with self._looking() as connection:
            return [PastArgument(*row) for row in connection.execute(_ARGUMENTS, (eval_hash,))]

    def _hashes(self, query: str, values: Sequence[object]) -> list[bytes]:
        with self._looking() as connection:
            return [row[0] for row in connection.execute(query, values)]
