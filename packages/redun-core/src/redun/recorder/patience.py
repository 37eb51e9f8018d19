"""Wait while another process holds the database, and say so ever more seldom.

Floor: recorder.
"""

from __future__ import annotations

import time
from pathlib import Path

__all__ = ["Patience"]

LIMIT_S = 300.0
"""How long a database may be held by others before waiting counts as failed."""

_FIRST_NOTICE_S = 2.0
_PAUSE_S = 0.05


class Patience:
    """One wait for a database.

    Parameters
    ----------
    path : Path or str
        The database, for the notice.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = path
        self._start = time.monotonic()
        self._next_notice = _FIRST_NOTICE_S

    def wait(self) -> bool:
        """Pause shortly; return False when the wait has been too long."""
        waited = time.monotonic() - self._start
        if waited > LIMIT_S:
            return False
        if waited >= self._next_notice:
            self._next_notice = waited * 2
            import logging

            logging.getLogger("redun").warning(
                "waiting for the database %s, held by another process (%.0f s so far, giving up after %.0f s)",
                self._path,
                waited,
                LIMIT_S,
            )
        time.sleep(_PAUSE_S)
        return True
