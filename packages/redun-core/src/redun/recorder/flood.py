"""Decide when rows come in such a flood that staging them is cheaper, and when to merge them.

Floor: recorder. SQLite only; see `recorder.staging`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from redun.recorder import staging
from redun.recorder.connection import Connection
from redun.recorder.leases import Release, release
from redun.recorder.transaction import Session

__all__ = ["Flood"]

# About ten thousand jobs: so many are written where they belong before more are staged.
_FLOOD_ROWS = 50_000
# More at once would cost less, but a merge holds the database: about a second at a million jobs on a busy machine.
_MERGE_ROWS = 200_000
_MERGE_S = 5.0
"""How long others may have to wait to see staged rows."""


class Flood:
    """What one writer has written and staged since it began, or since everything was merged.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._direct_rows = 0
        self._staged_rows = 0
        self._staged_since = 0.0
        self._held_back: list[Release] = []

    @property
    def is_high(self) -> bool:
        """Whether rows are to be staged."""
        return self._direct_rows >= _FLOOD_ROWS

    def prepare(self, connection: Connection) -> None:
        """Make the staging tables, unless they are there; within a transaction."""
        staging.prepare(connection)

    def count(self, rows: int, *, staged: bool) -> None:
        """Note that rows were written."""
        if not staged:
            self._direct_rows += rows
            return
        if not self._staged_rows:
            self._staged_since = time.monotonic()
        self._staged_rows += rows

    def hold_back(self, releases: Iterable[Release]) -> None:
        """Let leases last until the results that were staged with them can be looked up."""
        self._held_back += releases

    def tidy(self) -> None:
        """Merge what is staged, if there is enough of it or it has waited long."""
        waited = time.monotonic() - self._staged_since
        if self._staged_rows >= _MERGE_ROWS or (self._staged_rows and waited >= _MERGE_S):
            staging.merge(self._session, drop=False)
            self._staged_rows = 0
            self._release()

    def settle(self) -> None:
        """Merge everything, also what others left; what comes next is no flood until it proves to be one."""
        staging.merge(self._session, drop=True)
        self._direct_rows = self._staged_rows = 0
        self._release()

    def _release(self) -> None:
        if self._held_back:
            with self._session.transaction() as connection:
                release(connection, self._held_back)
            self._held_back = []
