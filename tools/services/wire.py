"""A proxy for any protocol over TCP, with the troubles of a real network: delays, stalls, cuts, torn messages.

It runs in the process of the test, which changes it at any time. `services.chaos` is the one that understands HTTP.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator

__all__ = ["Wire", "wire"]

PIECE = 65536
RESET = struct.pack("ii", 1, 0)


class Wire:
    """What lies between clients and one server; `wire` strings it.

    Attributes
    ----------
    port : int
        Where clients connect, on 127.0.0.1.
    latency : float
        Seconds by which each piece is late, in each direction.
    rate : float
        Bytes per second and direction.
    connections : int
        How many there were so far, refused ones included.
    cuts : int
        How many were cut so far by `cut_after` and `cut_at`.
    """

    def __init__(self, port: int) -> None:
        self.latency = 0.0
        self.rate = float("inf")
        self.connections = self.cuts = 0
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._flowing = threading.Event()
        self._flowing.set()
        self._deaf = False
        self._refusing = False
        self._left: int | None = None
        self._marks: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    # Troubles

    def stall(self) -> None:
        """Hold back every byte from now on; connections stay open, and new ones hear nothing."""
        self._flowing.clear()

    def deafen(self) -> None:
        """Keep back what the server says; what clients say goes on reaching it."""
        self._deaf = True

    def refuse(self) -> None:
        """Reset new connections; those that are open stay."""
        self._refusing = True

    def cut(self) -> None:
        """Reset every open connection now."""
        with self._lock:
            for one in self._open:
                _reset(one)

    def cut_after(self, size: int) -> None:
        """Let so many bytes of answers pass, then reset the connection in the middle of what it says; once."""
        self._left = size

    def cut_at(self, answer: bytes, times: int = 1) -> None:
        """Reset a connection instead of passing on a piece in which the server says this."""
        with self._lock:
            self._marks += [answer] * times

    def clear(self) -> None:
        """End all troubles; what was held back passes on."""
        self.latency, self.rate = 0.0, float("inf")
        self._left = None
        with self._lock:
            self._marks.clear()
        self._deaf = self._refusing = False
        self._flowing.set()

    def close(self) -> None:
        """Take no more connections, and reset those there are."""
        self._listener.close()
        self.cut()
        self.clear()

    # Passing on

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._target)
        except OSError:
            return _reset(client)
        if self._refusing:
            _reset(server)
            return _reset(client)
        with self._lock:
            self._open |= {client, server}
        upward = threading.Thread(target=self._pump, args=(client, server, False), daemon=True)
        upward.start()
        self._pump(server, client, True)
        upward.join()
        with self._lock:
            self._open -= {client, server}
        client.close()
        server.close()
        return None

    def _pump(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        try:
            while piece := source.recv(PIECE):
                self._flowing.wait()
                if self.latency or self.rate < float("inf"):
                    time.sleep(self.latency + len(piece) / self.rate)
                if answers:
                    while self._deaf:
                        time.sleep(0.02)
                    whole = len(piece)
                    piece = self._torn(piece)
                    target.sendall(piece)
                    if len(piece) < whole:
                        break
                else:
                    target.sendall(piece)
            else:
                self._flowing.wait()
                # Under the lock, or it would be an orderly end for the second of two that are being cut.
                with self._lock:
                    return target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        with self._lock:
            _reset(source)
            _reset(target)
        return None

    def _torn(self, piece: bytes) -> bytes:
        """Return as much of a piece as may pass before the connection is cut."""
        with self._lock:
            for mark in self._marks:
                if mark in piece:
                    self._marks.remove(mark)
                    self.cuts += 1
                    return b""
            if self._left is not None:
                self._left -= len(piece)
                if self._left < 0:
                    piece = piece[: self._left]
                    self._left = None
                    self.cuts += 1
            return piece


@contextlib.contextmanager
def wire(port: int) -> Iterator[Wire]:
    """String a wire to a server of this machine.

    Examples
    --------
    >>> with wire(server.port) as line:  # doctest: +SKIP
    ...     line.latency = 0.1
    ...     psycopg.connect(f"host=127.0.0.1 port={line.port}")
    """
    line = Wire(port)
    try:
        yield line
    finally:
        line.close()


def _reset(connection: socket.socket) -> None:
    """Close a connection so that the other side sees a reset, and the thread that reads from it goes on."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.shutdown(socket.SHUT_RD)
        connection.close()
