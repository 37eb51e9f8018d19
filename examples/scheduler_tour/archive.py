"""Stands in for an archive of climate records on the net, with the ways of such services.

It serves two requests at a time and refuses others, the connection breaks at the first request for a record, and
one record never comes.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

_served = threading.Semaphore(2)
_asked_for: set[str] = set()


def fetch(station: str) -> str:
    """Return the monthly mean temperatures of a station."""
    if not _served.acquire(blocking=False):
        raise ConnectionRefusedError("the archive serves two requests at a time")
    try:
        time.sleep(0.05)
        if station not in _asked_for:
            _asked_for.add(station)
            raise ConnectionResetError(f"the connection broke while {station} was sent")
        if station == "vostok":
            time.sleep(60)
        return Path("stations", f"{station}.txt").read_text()
    finally:
        _served.release()
