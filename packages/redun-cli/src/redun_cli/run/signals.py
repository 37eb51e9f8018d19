"""Turning signals into an orderly end of an execution.

Floor: command line. SIGINT, once, lets running tasks finish. SIGTERM and SIGHUP, or SIGINT again, end the execution at
once: its record is closed, its processes are ended. A further signal, or a record that cannot be closed in time, ends
this process as it is.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import time
from types import FrameType, TracebackType
from typing import Any, NoReturn, Protocol

from redun_cli.run.children import end_descendants

__all__ = ["Interruptible", "Signals"]

_HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_DRAINING = (
    b"[redun] Interrupted: nothing new begins; what runs is recorded as it ends. Once more to stop at once.\n"
)
_STOPPING = b"[redun] Interrupted: stopping at once.\n"
_LEAVING = b"[redun] Interrupted: the record could not be closed.\n"

_CLOSING_S = 6.0
"""How long closing the record may take, for instance while another process holds the database."""


class Interruptible(Protocol):
    """What is asked to stop."""

    def interrupt(self, signum: int, *, wait: bool) -> None:
        """Stop, after running tasks have finished or without waiting for them."""


class Signals:
    """A context in which SIGINT, SIGTERM and SIGHUP end an execution.

    When the execution is not to wait for its tasks, leaving the context ends the process: their threads would keep it.

    Parameters
    ----------
    execution : Interruptible
        Asked in the main thread, between any two instructions.
    spared : int, optional
        The pid of a child that is not to be ended.
    """

    def __init__(self, execution: Interruptible, spared: int | None = None) -> None:
        self._execution = execution
        self._spared = spared
        self._first = 0
        self._forced = False
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Signals:
        for signum in _HANDLED:
            # `nohup` has SIGHUP ignored, and it is to stay so.
            if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN:
                self._previous[signum] = signal.signal(signum, self._handle)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if self._forced:
            if error is not None:
                sys.stderr.write(f"redun: error: {error}\n")
            sys.stdout.flush()
            sys.stderr.flush()
            self._leave()
        for signum, handler in self._previous.items():
            signal.signal(signum, handler)

    def _handle(self, signum: int, _frame: FrameType | None) -> None:
        if self._forced:
            _tell(_LEAVING)
            self._leave()
        self._forced = self._first != 0 or signum != signal.SIGINT
        self._first = self._first or signum
        _tell(_STOPPING if self._forced else _DRAINING)
        if self._forced:
            # Not threading: the code that was interrupted may hold its lock.
            _thread.start_new_thread(self._lose_patience, ())
        self._execution.interrupt(signum, wait=not self._forced)

    def _lose_patience(self) -> None:
        time.sleep(_CLOSING_S)
        _tell(_LEAVING)
        self._leave()

    def _leave(self) -> NoReturn:
        end_descendants(spared=self._spared)
        # An ordinary exit would wait for the threads that tasks made.
        os._exit(128 + self._first)


def _tell(message: bytes) -> None:
    # A buffered write could wait for a lock that the interrupted code holds. Nobody may be left to read it.
    try:
        os.write(2, message)
    except OSError:
        return
