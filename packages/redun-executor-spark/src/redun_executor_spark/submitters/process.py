"""A process of `spark-submit`, with all that it starts on this machine."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

from redun.executors.descendants import end_processes, group_and_below

__all__ = ["SubmitProcess"]

_GRACE_S = 10.0
"""How long Java may take to give back what it has on a cluster."""

_ID = re.compile(r"\b(application_\d+_\d+|app-\d{14}-\d+|local-\d+|spark-[0-9a-f]{32})\b")


class SubmitProcess:
    """A process that has started.

    Parameters
    ----------
    command : sequence of str
    environment : mapping
    log : str
        Path of a file for all that it writes.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: str) -> None:
        self._log = Path(log)
        self._lock = Lock()
        with self._log.open("ab") as file:
            # A session of its own: Ctrl-C is for the scheduler, which then ends the whole group.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env=environment,
                start_new_session=True,
            )

    def wait(self) -> int:
        """Wait for its end, end what it left, and return its exit code."""
        code = self._process.wait()
        self.end()
        return code

    def end(self) -> None:
        """End it and all that it has started."""
        group = self._process.pid
        # Two at a time would wait for each other's processes.
        with self._lock:
            end_processes(lambda: group_and_below(group), _GRACE_S)

    def application(self) -> str:
        """Return the application's id, as far as it has been told; "" before that."""
        found = _ID.search(self._log.read_text(errors="replace"))
        return found[1] if found else ""
