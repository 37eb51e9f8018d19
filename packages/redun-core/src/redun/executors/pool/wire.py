"""Messages between the processes of a pool.

Floor: executors. A message is a kind, three numbers and some buffers. It is sent as a whole or not at all, so a process
that is killed leaves no half of one. Small buffers travel in the message itself; large ones lie in files without a
name, whose descriptors travel.
"""

from __future__ import annotations

import array
import errno
import marshal
import os
import socket
from collections.abc import Callable, Sequence
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from redun.errors import ExecutorError
from redun.executors.pool.memory import map_file, store

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "CALL",
    "END",
    "ENDED",
    "KILL",
    "LAUNCH",
    "LEAVE",
    "OUT_OF_MEMORY",
    "READY",
    "RESULT",
    "SETUP",
    "STARTED",
    "SURROUNDINGS",
    "TASK",
    "TELLS_END",
    "Channel",
    "Message",
    "channels",
]

SETUP, SURROUNDINGS, TASK, CALL, LEAVE = 1, 2, 3, 4, 5
"""To workers (the first of them to the nursery too)."""

READY, RESULT, OUT_OF_MEMORY = 11, 12, 13
"""From workers."""

LAUNCH, KILL, END = 21, 22, 23
"""To the nursery."""

STARTED, ENDED = 31, 32
"""From the nursery."""

INLINE = 48 * 1024
"""Bytes from which buffers do not travel in the message itself."""

_HEADER = Struct("<BBHqqq")
_LENGTH = Struct("<I")
_ROOM = 1 << 17
_FILES = 16
_KIND: int = getattr(socket, "SOCK_SEQPACKET", socket.SOCK_DGRAM)
TELLS_END = _KIND != socket.SOCK_DGRAM
"""Whether a channel tells that its other end is gone."""

# Datagrams of this size are not taken everywhere unless the buffers are made larger.
_SOCKET_BUFFER = 1 << 19
_CLOSE_ON_EXEC: int = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
_FULL = (errno.EAGAIN, errno.ENOBUFS)


class Message(NamedTuple):
    """What was received.

    Attributes
    ----------
    kind : int
    first, second, third : int
        What they mean depends on the kind.
    buffers : list of buffer
        Writable those that are large.
    descriptors : list of int
        Of a LAUNCH: the worker's end of its channel.
    """

    kind: int
    first: int
    second: int
    third: int
    buffers: list[memoryview]
    descriptors: list[int]


class Channel:
    """One end of a connection.

    Parameters
    ----------
    connection : socket
    """

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            connection.setsockopt(socket.SOL_SOCKET, option, _SOCKET_BUFFER)
        self._room = bytearray(_ROOM)
        self._view = memoryview(self._room)
        self._ancillary = socket.CMSG_SPACE(_FILES * array.array("i").itemsize)

    @classmethod
    def of(cls, descriptor: int) -> Channel:
        """Return the channel of an inherited descriptor."""
        return cls(socket.socket(socket.AF_UNIX, _KIND, fileno=descriptor))

    def fileno(self) -> int:
        """Return the descriptor."""
        return self.socket.fileno()

    def close(self) -> None:
        """Let go of this end."""
        self.socket.close()

    def send(
        self,
        kind: int,
        buffers: Sequence[Buffer] = (),
        *,
        first: int = 0,
        second: int = 0,
        third: int = 0,
        descriptors: Sequence[int] = (),
        wait: bool = True,
        shared: Callable[[Buffer], int | None] | None = None,
    ) -> bool:
        """Send a message; False if there is no room for it now and it is not to be waited for.

        Large buffers are written into a file, except those that `shared` returns a file of.

        Raises
        ------
        OSError
            The other end is gone.
        ExecutorError
            There is no space for large buffers.
        """
        sizes = [memoryview(buffer).nbytes for buffer in buffers]
        if sum(sizes) <= INLINE:
            parts = [_HEADER.pack(kind, 0, len(sizes), first, second, third), *map(_LENGTH.pack, sizes)]
            return self._send([b"".join([*parts, *buffers])], descriptors, wait)
        places: list[tuple[int, int, int]] = []
        own: list[Buffer] = []
        files: list[int] = []
        try:
            for buffer, size in zip(buffers, sizes, strict=True):
                file = shared(buffer) if shared is not None and len(files) < _FILES - 1 else None
                if file is None:
                    own.append(buffer)
                    places.append((0, len(own) - 1, size))
                else:
                    files.append(file)
                    places.append((len(files), 0, size))
            descriptor, starts = store(own)
        except OSError as error:
            raise ExecutorError(
                f"{sum(sizes)} bytes cannot be put where another process finds them: {error.strerror}."
            ) from error
        try:
            found = [(file, start if file else starts[start][0], size) for file, start, size in places]
            header = _HEADER.pack(kind, 1, 0, first, second, third)
            return self._send([header, marshal.dumps(found)], [descriptor, *files], wait)
        finally:
            os.close(descriptor)

    def _send(self, parts: list[bytes], descriptors: Sequence[int], wait: bool) -> bool:
        flags = 0 if wait else socket.MSG_DONTWAIT
        try:
            if descriptors:
                rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
                self.socket.sendmsg(parts, [rights], flags)
            else:
                self.socket.sendmsg(parts, [], flags)
        except OSError as error:
            if wait or error.errno not in _FULL:
                raise
            return False
        return True

    def receive(self, *, wait: bool = True) -> Message | None:
        """Return the next message; None if there is none now.

        Raises
        ------
        EOFError
            The other end is gone.
        """
        flags = _CLOSE_ON_EXEC if wait else _CLOSE_ON_EXEC | socket.MSG_DONTWAIT
        try:
            size, ancillary, _flags, _sender = self.socket.recvmsg_into([self._room], self._ancillary, flags)
        except BlockingIOError:
            return None
        except ConnectionError as error:
            raise EOFError from error
        if not size:
            raise EOFError
        descriptors = _descriptors(ancillary) if ancillary else []
        kind, large, count, first, second, third = _HEADER.unpack_from(self._room)
        if large:
            places = marshal.loads(self._view[_HEADER.size : size])
            try:
                contents = [map_file(descriptor) for descriptor in descriptors]
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)
            buffers = [contents[file][start : start + length] for file, start, length in places]
            return Message(kind, first, second, third, buffers, [])
        start = _HEADER.size + _LENGTH.size * count
        data = memoryview(bytes(self._view[start:size]))
        buffers = []
        end = 0
        for number in range(count):
            begin, end = end, end + _LENGTH.unpack_from(self._room, _HEADER.size + _LENGTH.size * number)[0]
            buffers.append(data[begin:end])
        return Message(kind, first, second, third, buffers, descriptors)


def channels() -> tuple[Channel, Channel]:
    """Return both ends of a new connection."""
    one, other = socket.socketpair(socket.AF_UNIX, _KIND)
    return Channel(one), Channel(other)


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    found = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(content[: len(content) - len(content) % found.itemsize])
    return found.tolist()
