"""What a process and all that it starts write to standard output and standard error: passed on, and kept.

Floor: composition.
"""

from __future__ import annotations

import os
import termios
from array import array
from contextlib import suppress
from fcntl import ioctl

from redun.executors.output import Kept, Output, OutputStream

__all__ = ["Streams"]

_CHUNK = 1 << 16
_NUMBERS = (OutputStream.STDOUT, OutputStream.STDERR)


class Streams:
    """Two pipes, whose ends this process reads and another one writes.

    Attributes
    ----------
    readers : dict of int to int
        The descriptors to read from, with the number of the stream.
    """

    def __init__(self) -> None:
        for number in (0, 1, 2):
            # Or a pipe would get the number of a standard stream that is closed.
            try:
                os.fstat(number)
            except OSError:
                os.open(os.devnull, os.O_RDWR)
        self.readers: dict[int, int] = {}
        self._writers: dict[int, int] = {}
        self._deaf: set[int] = set()
        for number in _NUMBERS:
            reader, self._writers[number] = os.pipe()
            os.set_blocking(reader, False)
            self.readers[reader] = int(number)
        self._kept = {int(number): Kept() for number in _NUMBERS}

    def redirect(self) -> None:
        """Let this process write into the pipes from now on; also again after a body has closed its streams."""
        for number, writer in self._writers.items():
            os.dup2(writer, number)

    def pass_on(self, reader: int) -> int:
        """Pass on and keep what is there to be read; return how many bytes that was."""
        try:
            data = os.read(reader, _CHUNK)
        except BlockingIOError:
            return 0
        number, size = self.readers[reader], len(data)
        self._kept[number].write(data)
        while data and number not in self._deaf:
            try:
                data = data[os.write(number, data) :]
            except OSError:
                # Nobody listens any more; the task need not fail for that.
                self._deaf.add(number)
        return size

    def take(self) -> list[Output]:
        """Return all that was written since last asked."""
        for reader in self.readers:
            # No more than is there now: a process that a body left may never stop writing.
            left = _size_of(reader)
            while left > 0 and (size := self.pass_on(reader)):
                left -= size
        outputs = [kept.output(number) for number, kept in self._kept.items()]
        self._kept = {number: Kept() for number in self._kept}
        return [output for output in outputs if output.text or output.dropped]

    def close(self) -> None:
        """Close the pipes."""
        for descriptor in (*self.readers, *self._writers.values()):
            with suppress(OSError):
                os.close(descriptor)


def _size_of(reader: int) -> int:
    """Return how many bytes a pipe holds."""
    size = array("i", [0])
    ioctl(reader, termios.FIONREAD, size)
    return size[0]
