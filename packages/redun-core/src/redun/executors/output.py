"""What a job printed and logged, kept within bounds.

Floor: executors. Executors that run calls elsewhere make an `Output` of each stream with `output_of`.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from threading import Lock
from typing import NamedTuple

from redun.recorder.batch import OutputStream

__all__ = ["LIMIT", "Kept", "Output", "OutputStream", "output_of"]

LIMIT = 32 * 1024
"""Bytes kept of the beginning of a stream, and as many of its end."""

_decoder = getincrementaldecoder("utf-8")


class Output(NamedTuple):
    """One stream of a job.

    Attributes
    ----------
    stream : int
        An `OutputStream`.
    text : str
        All of it, or its beginning and its end with a line between that says what is missing.
    dropped : int
        Bytes that are missing.
    """

    stream: int
    text: str
    dropped: int


class Kept:
    """The beginning and the end of what is written, from any thread."""

    __slots__ = ("_head", "_lock", "_size", "_tail")

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._size = 0
        self._lock = Lock()

    def write(self, data: bytes) -> None:
        """Take more."""
        with self._lock:
            self._size += len(data)
            room = LIMIT - len(self._head)
            if room > 0:
                self._head += data[:room]
                data = data[room:]
            self._tail += data[-LIMIT:]
            if len(self._tail) > 2 * LIMIT:
                del self._tail[:-LIMIT]

    def output(self, stream: int) -> Output:
        """Return what was kept."""
        with self._lock:
            head, tail, size = self._head, self._tail[-LIMIT:], self._size
        dropped = size - len(head) - len(tail)
        if not dropped:
            return Output(stream, (head + tail).decode("utf-8", "replace"), 0)
        # A character that the cut went through is left out with the rest.
        begin = _decoder("replace").decode(head)
        while tail and tail[0] & 0xC0 == 0x80:
            del tail[0]
        line = "" if begin.endswith("\n") else "\n"
        text = f"{begin}{line}[... {dropped} bytes left out ...]\n{tail.decode('utf-8', 'replace')}"
        return Output(stream, text, dropped)


def output_of(stream: int, data: bytes | str) -> Output:
    """Return an output of all that a stream held.

    Examples
    --------
    >>> output_of(OutputStream.STDERR, b"no such file")
    Output(stream=<OutputStream.STDERR: 2>, text='no such file', dropped=0)
    """
    kept = Kept()
    kept.write(data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data)
    return kept.output(stream)
