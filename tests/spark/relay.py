"""A stretch of network between a client and its server, which can break."""

from __future__ import annotations

import contextlib
import socket
import threading


class Relay:
    """Passes connections to a port of this machine on to a server of Spark Connect.

    Attributes
    ----------
    url : str
        What clients take for the server's address.
    """

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("sc://").partition(":")
        self._target = host, int(port)
        self._streams: list[socket.socket] = []
        self._port = 0
        self.open()
        self.url = f"sc://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Take connections, at the same port as ever."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Break the connections that there are; new ones are welcome."""
        streams, self._streams = self._streams, []
        for stream in streams:
            with contextlib.suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Break all connections and take no more."""
        with contextlib.suppress(OSError):
            # What waits for connections is not woken by `close`.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(self._target)
                self._streams += [client, server]
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
    for stream in (source, sink):
        with contextlib.suppress(OSError):
            stream.shutdown(socket.SHUT_RDWR)
