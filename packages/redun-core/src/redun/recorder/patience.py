"""Wait while a database cannot be had, and say so ever more seldom.

Floor: recorder.
"""

from __future__ import annotations

import time
from pathlib import Path

__all__ = ["LIMIT_S", "Patience"]

LIMIT_S = 300.0
"""How long one waits for a database before that counts as failed."""

_FIRST_NOTICE_S = 2.0
_PAUSE_S = 0.05


class Patience:
    """One wait for a database.

    Parameters
    ----------
    path : Path or str
        The database, for the notice.
    limit_s : float, optional
        How long to wait at most; `LIMIT_S` by default.
    tries : int, optional
        How often to try again at most, instead.
    pause_s, longest_s : float
        The first pause, and the longest: each is twice the one before.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        limit_s: float | None = None,
        tries: int | None = None,
        pause_s: float = _PAUSE_S,
        longest_s: float = _PAUSE_S,
    ) -> None:
        self._path = path
        self._limit = LIMIT_S if limit_s is None else limit_s
        self._tries = tries
        self._pause = pause_s
        self._longest = longest_s
        self._start = time.monotonic()
        self._next_notice = _FIRST_NOTICE_S

    def wait(self, reason: str = "held by another process") -> bool:
        """Pause shortly; return False when the wait has been too long.

        Parameters
        ----------
        reason : str
            Why one waits, for the notice.
        """
        waited = time.monotonic() - self._start
        if self._tries is None:
            over, end = waited > self._limit, f"after {self._limit:.0f} s"
        else:
            over, end = self._tries <= 0, f"after {self._tries} more attempts"
            self._tries -= 1
        if over:
            return False
        pause = min(self._pause, self._longest)
        if waited + pause >= self._next_notice:
            self._next_notice = (waited + pause) * 2
            import logging

            logging.getLogger("redun").warning(
                "waiting for the database %s, %s (%.0f s so far, giving up %s)",
                self._path,
                reason,
                waited,
                end,
            )
        time.sleep(pause)
        self._pause *= 2
        return True
