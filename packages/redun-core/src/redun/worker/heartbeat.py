"""The sign of life of a worker.

Floor: composition.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from threading import Event, Thread
from time import time

from redun.filesystems.registry import get_filesystem

__all__ = ["Heartbeat"]

_STOPPING_S = 10.0


class Heartbeat:
    """Writes, again and again, that a call is being run, into the folder of its parcel; calls that are done sooner than
    that leave nothing.

    Parameters
    ----------
    pid : int
        The process that runs bodies.
    interval_s : float

    Attributes
    ----------
    url : str or None
        The folder; None while no body runs.
    """

    def __init__(self, pid: int, interval_s: float) -> None:
        self.url: str | None = None
        self._pid = pid
        self._interval_s = interval_s
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="redun-heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; returns soon, even if the scratch folder does not answer."""
        self._stopped.set()
        self._thread.join(_STOPPING_S)

    def _run(self) -> None:
        while not self._stopped.wait(self._interval_s):
            url = self.url
            if url is not None:
                said = json.dumps(
                    {"time": time(), "host": socket.gethostname(), "pid": self._pid, "worker": os.getpid()}
                )
                # A sign of life that cannot be given is missed by who looks for it.
                with suppress(Exception), get_filesystem(url).open(f"{url}/heartbeat", "wb") as stream:
                    stream.write(said.encode())
