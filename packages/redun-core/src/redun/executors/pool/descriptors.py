"""What is written to the descriptors 1 and 2 of a worker.

Floor: executors. Programs that a body runs write there, and libraries in other languages. Both lead to files
without a name, not to pipes: a library that writes while it holds the interpreter lock would wait for ever for a thread
of this process to make room. What they hold is passed on while the body runs, and kept with its job.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from tempfile import mkstemp
from threading import Event, Lock, Thread
from time import sleep
from typing import TYPE_CHECKING, TextIO

from redun.executors.output import Kept, Output, output_of

if TYPE_CHECKING:
    from redun.secrets.redaction import Redactor

__all__ = ["Descriptors", "last_words"]

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
        self._streams = [
            _again(sys.stdout, self._diverted[0].outer),
            _again(sys.stderr, self._diverted[1].outer),
        ]
        sys.stdout, sys.stderr = self._streams
        self._busy = Event()
        self._looking = False

    @property
    def readers(self) -> list[int]:
        """Descriptors to read what was written; whoever has them goes on where this process has stopped."""
        return [diverted.reader for diverted in self._diverted]

    @property
    def broken(self) -> bool:
        """A body has closed a stream."""
        return any(stream.closed for stream in self._streams)

    def redact(self, redactor: Redactor) -> None:
        """Take secrets out of what is passed on, from now on."""
        for diverted in self._diverted:
            diverted.redactor = redactor

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
        writer, path = mkstemp(prefix="redun-output-")
        # Opened apart, so that reading has a place of its own in the file; others who have the descriptor share it.
        self.reader = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        os.unlink(path)
        os.dup2(writer, number)
        # Or what is written after it was emptied would leave a hole.
        fcntl.fcntl(number, fcntl.F_SETFL, fcntl.fcntl(number, fcntl.F_GETFL) | os.O_APPEND)
        os.close(writer)
        self._kept = Kept()
        self._lock = Lock()
        self.redactor: Redactor | None = None
        self._begun = b""

    @property
    def used(self) -> bool:
        return os.fstat(self.reader).st_size > 0

    def pass_on(self) -> None:
        with self._lock:
            self._pass_on()

    def _pass_on(self) -> None:
        while chunk := os.read(self.reader, _CHUNK):
            self._kept.write(chunk)
            self._show(chunk)

    def _show(self, chunk: bytes, *, last: bool = False) -> None:
        if self.redactor is not None:
            chunk, self._begun = self.redactor.piece(self._begun + chunk, last=last)
        # Perhaps nobody reads it any more; it is kept all the same.
        with suppress(OSError):
            os.write(self.outer, chunk)

    def merge(self, outputs: Sequence[Output]) -> Sequence[Output]:
        with self._lock:
            self._pass_on()
            if self._begun:
                self._show(b"", last=True)
            os.ftruncate(self.reader, 0)
            os.lseek(self.reader, 0, os.SEEK_SET)
            kept, self._kept = self._kept, Kept()
        written = kept.output(self._number)
        before = [output for output in outputs if output.stream == self._number]
        text = "".join([output.text for output in before]) + written.text
        dropped = written.dropped + sum(output.dropped for output in before)
        whole = output_of(self._number, text)
        others = [output for output in outputs if output.stream != self._number]
        return sorted([*others, whole._replace(dropped=whole.dropped + dropped)])


def last_words(readers: Sequence[int], secrets: Sequence[str | bytes | float] = ()) -> list[Output]:
    """Return what a process that has ended wrote for its last call, and pass on what it did not pass on itself.

    Parameters
    ----------
    readers : sequence of int
        `Descriptors.readers` of that process, as received by this one.
    secrets : sequence
        What is not to be passed on.
    """
    redactor = None
    if secrets:
        from redun.secrets.redaction import Redactor

        redactor = Redactor()
        for secret in secrets:
            redactor.add(secret)
    outputs = []
    for number, reader in enumerate(readers, 1):
        while chunk := os.read(reader, _CHUNK):
            if redactor is not None:
                chunk, _ = redactor.piece(chunk, last=True)
            with suppress(OSError):
                os.write(number, chunk)
        kept = Kept()
        start = 0
        while chunk := os.pread(reader, _CHUNK, start):
            start += len(chunk)
            kept.write(chunk)
        if start:
            outputs.append(kept.output(number))
    return outputs
