"""What is written to the descriptors 1 and 2 of a worker.

Floor: executors. Programs that a body runs write there, and libraries in other languages. Both lead to files
without a name, not to pipes: a library that writes while it holds the interpreter lock would wait for ever for a thread
of this process to make room. What they hold is passed on while the body runs, and kept with its job.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from tempfile import TemporaryFile
from threading import Event, Lock, Thread
from time import sleep
from typing import TextIO

from redun.executors.output import Kept, Output, output_of

__all__ = ["Descriptors"]

_EVERY_S = 0.25
_CHUNK = 1 << 16


class Descriptors:
    """Keeps and passes on what is written to descriptors 1 and 2, from now on and for the rest of the process.

    Text streams of Python write to where the descriptors led before.
    """

    def __init__(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self._diverted = [_Diverted(1), _Diverted(2)]
        sys.stdout = _again(sys.stdout, self._diverted[0].outer)
        sys.stderr = _again(sys.stderr, self._diverted[1].outer)
        self._busy = Event()
        self._looking = False

    def busy(self) -> None:
        """Pass on what is written, from now on."""
        if not self._looking:
            self._looking = True
            Thread(target=self._look, name="redun-output", daemon=True).start()
        self._busy.set()

    def idle(self) -> None:
        """Expect nothing more for a while."""
        self._busy.clear()

    def merge(self, outputs: Sequence[Output]) -> Sequence[Output]:
        """Return outputs of a job together with what was written meanwhile."""
        for diverted in self._diverted:
            if diverted.used:
                outputs = diverted.merge(outputs)
        return outputs

    def _look(self) -> None:
        while self._busy.wait():
            # The job may be over before anybody would have seen a line of it earlier than at its end.
            sleep(_EVERY_S)
            for diverted in self._diverted:
                if diverted.used:
                    diverted.pass_on()


def _again(stream: TextIO, descriptor: int) -> TextIO:
    return open(descriptor, "w", buffering=1, encoding=stream.encoding, errors=stream.errors, closefd=False)


class _Diverted:
    """One descriptor that leads to a file."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.outer = os.dup(number)
        with TemporaryFile("ab", buffering=0) as file:
            os.dup2(file.fileno(), number)
            self._file = os.dup(file.fileno())
        self._read = 0
        self._kept = Kept()
        self._lock = Lock()

    @property
    def used(self) -> bool:
        return os.fstat(self._file).st_size > 0

    def pass_on(self) -> None:
        with self._lock:
            self._pass_on()

    def _pass_on(self) -> None:
        while chunk := os.pread(self._file, _CHUNK, self._read):
            self._read += len(chunk)
            self._kept.write(chunk)
            try:
                os.write(self.outer, chunk)
            except OSError:
                # Nobody reads it any more; it is kept all the same.
                continue

    def merge(self, outputs: Sequence[Output]) -> Sequence[Output]:
        with self._lock:
            self._pass_on()
            os.ftruncate(self._file, 0)
            kept, self._kept, self._read = self._kept, Kept(), 0
        written = kept.output(self._number)
        before = [output for output in outputs if output.stream == self._number]
        text = "".join([output.text for output in before]) + written.text
        dropped = written.dropped + sum(output.dropped for output in before)
        whole = output_of(self._number, text)
        others = [output for output in outputs if output.stream != self._number]
        return sorted([*others, whole._replace(dropped=whole.dropped + dropped)])
