"""Messages between the process that runs the bodies of tasks and the one that watches it.

Floor: composition.
"""

from __future__ import annotations

import pickle
import select
import socket
from struct import Struct
from typing import Any

__all__ = ["Channel"]

_length = Struct("<I")


class Channel:
    """One end of a connection; `Channel.pair` makes both.

    Examples
    --------
    >>> here, there = Channel.pair()
    >>> here.send("begin", 3)
    >>> there.receive()
    ('begin', 3)
    >>> here.close()
    >>> there.receive() is None
    True
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    @classmethod
    def pair(cls) -> tuple[Channel, Channel]:
        """Return two ends."""
        one, other = socket.socketpair()
        return cls(one), cls(other)

    def fileno(self) -> int:
        """Return the descriptor, to wait for messages."""
        return self._socket.fileno()

    def send(self, *message: Any) -> None:
        """Send plain values.

        Raises
        ------
        OSError
            The other end is gone.
        """
        data = pickle.dumps(message, 5)
        self._socket.sendall(_length.pack(len(data)) + data)

    def receive(self) -> tuple[Any, ...] | None:
        """Wait for a message and return it; None once the other end is gone."""
        header = self._read(_length.size)
        data = self._read(_length.unpack(header)[0]) if header else b""
        message: tuple[Any, ...] | None = pickle.loads(data) if data else None
        return message

    def ready(self) -> bool:
        """Tell whether there is a message, or the other end is gone."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def _read(self, size: int) -> bytes:
        pieces = b""
        while len(pieces) < size:
            try:
                piece = self._socket.recv(size - len(pieces))
            except ConnectionError:
                piece = b""
            if not piece:
                return b""
            pieces += piece
        return pieces
