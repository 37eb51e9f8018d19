"""Reporting as plain lines: to files, pipes and logs.

Floor: command line.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from redun_cli.report.lines import job_line, prefixed
from redun_cli.report.tally import Tally, table_lines

if TYPE_CHECKING:
    from redun.scheduler.events import ExecutionView, Transition

__all__ = ["PlainReporter"]


class PlainReporter:
    """An observer that writes a line per job, and the table at the end and whenever nothing happened for a while.

    Parameters
    ----------
    stream : text file
    interval : float
        Seconds without a line after which the table is written; 0 for never.
    """

    def __init__(self, stream: TextIO, *, interval: float = 20.0) -> None:
        self.stream = stream
        self.tally = Tally()
        self._interval = interval
        self._started = time.monotonic()
        self._spoke = self._started
        self._finished = threading.Event()

    def execution_started(self, execution: ExecutionView) -> None:
        self._started = time.monotonic()
        self.say(f"Start Execution {execution.id}:  {' '.join(execution.argv)}")
        if self._interval > 0:
            threading.Thread(target=self._tell_of_silence, name="redun-status", daemon=True).start()

    def jobs(self, transitions: Sequence[Transition]) -> None:
        self.tally.add(transitions)
        text = "".join([line for transition in transitions if (line := job_line(transition)) is not None])
        if text:
            self.write(text)

    def execution_finished(self, execution: ExecutionView) -> None:
        self._finished.set()
        self.tally.end()
        self.say("\n".join(table_lines(self.tally, _now())))
        self.say(f"Execution duration: {time.monotonic() - self._started:.2f} seconds")

    def say(self, message: str) -> None:
        """Write a message, each of its lines with the prefix."""
        self.write(prefixed(message))

    def write(self, text: str) -> None:
        """Write whole lines."""
        self._spoke = time.monotonic()
        self.stream.write(text)
        self.stream.flush()

    def close(self) -> None:
        """Stop telling of silence, however the execution ended."""
        self._finished.set()

    def _tell_of_silence(self) -> None:
        while not self._finished.wait(max(0.1, self._spoke + self._interval - time.monotonic())):
            if time.monotonic() - self._spoke >= self._interval:
                self.say("\n".join(table_lines(self.tally, _now())))


def _now() -> str:
    return time.strftime("%Y/%m/%d %H:%M:%S")
