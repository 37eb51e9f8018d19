"""A proxy between a client and an HTTP endpoint, with the faults of a real network: refusals, delays, cuts.

Faults concern requests ("GET /bucket/key" is matched against a pattern) and are used up one by one, in the order in
which they were asked for. The proxy runs in the process of the test, so that a test changes it at any time.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar
from urllib.parse import urlsplit

from services.endpoint import Endpoint

__all__ = ["ChaosProxy", "chaos_proxy"]

Place = TypeVar("Place", bound=Endpoint)
REFUSAL = "<Error><Code>{code}</Code><Message>Refused by a test</Message></Error>"
CODES = {500: "InternalError", 503: "SlowDown", 403: "AccessDenied", 400: "ExpiredToken"}


@dataclasses.dataclass
class Fault:
    """What happens to the next `times` requests that fit."""

    kind: str
    match: str
    times: float
    amount: float = 0

    def fits(self, request: str) -> bool:
        """Tell whether the request is meant."""
        return self.times > 0 and re.search(self.match, request) is not None


class ChaosProxy:
    """A proxy for one endpoint, at a port of its own; `chaos_proxy` starts it.

    Attributes
    ----------
    url
        Where it listens.
    requests
        Every request so far, as "METHOD /path?query".
    """

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self.target = (parts.hostname, parts.port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.requests: list[str] = []
        self.faults: list[Fault] = []
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.open: set[socket.socket] = set()
        threading.Thread(target=self.accept, daemon=True).start()

    # Faults

    def fail(self, status: int = 503, *, match: str = "", times: float = 1) -> None:
        """Answer with an error of S3: 500, 503, 403 (denied) or 400 (expired)."""
        self.add("fail", match, times, status)

    def reset(self, *, after: int = -1, match: str = "", times: float = 1) -> None:
        """Reset the connection: before the request is passed on, or after that many bytes of the answer's body.

        With `after=0` the endpoint has done what was asked, and the client learns nothing of it.
        """
        self.add("reset", match, times, after)

    def truncate(self, after: int, *, match: str = "", times: float = 1) -> None:
        """End the answer, orderly but too early, after that many bytes of its body."""
        self.add("truncate", match, times, after)

    def delay(self, seconds: float, *, match: str = "", times: float = float("inf")) -> None:
        """Wait before a request is passed on."""
        self.add("delay", match, times, seconds)

    def slow(self, rate: float, *, match: str = "", times: float = float("inf")) -> None:
        """Pass answers on at that many bytes a second."""
        self.add("slow", match, times, rate)

    def hang(self, *, match: str = "", times: float = 1) -> None:
        """Neither answer nor close, until the faults are cleared."""
        self.add("hang", match, times)

    def clear(self) -> None:
        """Forget all faults; what hangs is closed."""
        with self.lock:
            self.faults.clear()
            self.released.set()
            self.released = threading.Event()

    def cut(self) -> None:
        """Reset every open connection now."""
        with self.lock:
            for connection in self.open:
                reset(connection)

    def add(self, kind: str, match: str, times: float, amount: float = 0) -> None:
        """Remember a fault."""
        with self.lock:
            self.faults.append(Fault(kind, match, times, amount))

    def take(self, request: str, *kinds: str) -> Fault | None:
        """Return the first fault of these kinds that the request meets; it counts as met."""
        with self.lock:
            for fault in self.faults:
                if fault.kind in kinds and fault.fits(request):
                    fault.times -= 1
                    return fault
        return None

    # Passing on

    def accept(self) -> None:
        """Serve every connection in a thread of its own."""
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        """Serve one request; the connection ends with it."""
        with self.lock:
            self.open.add(client)
        with client, contextlib.suppress(OSError):
            head, rest = read_head(client)
            if head:
                self.answer(client, head, rest)
        with self.lock:
            self.open.discard(client)

    def answer(self, client: socket.socket, head: bytes, rest: bytes) -> None:
        """Let the request meet its faults, or pass it on."""
        request = " ".join(head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")[:2])
        with self.lock:
            self.requests.append(request)
            released = self.released
        if fault := self.take(request, "delay"):
            time.sleep(fault.amount)
        cut = self.take(request, "fail", "hang", "reset", "truncate")
        if cut is not None and cut.kind == "hang":
            released.wait()
        elif cut is not None and cut.kind == "fail":
            refuse(client, int(cut.amount))
        elif cut is not None and cut.amount < 0:
            reset(client)
        else:
            self.pass_on(client, closing(head) + rest, cut, self.take(request, "slow"))

    def pass_on(self, client: socket.socket, start: bytes, cut: Fault | None, slow: Fault | None) -> None:
        """Send the request to the endpoint and its answer to the client."""
        with socket.create_connection(self.target) as server:
            server.sendall(start)
            upward = threading.Thread(target=pump, args=(client, server.sendall), daemon=True)
            upward.start()
            head, body = read_head(server)
            while head.split(b" ", 2)[1:2] == [b"100"]:
                client.sendall(head)
                head, body = read_head(server, body)
            left = cut.amount if cut is not None else float("inf")
            if left:
                client.sendall(closing(head))
            piece = 65536 if slow is None else max(1, int(slow.amount / 10))
            while left and (body := body or server.recv(piece)):
                if slow is not None:
                    time.sleep(len(body) / slow.amount)
                client.sendall(body[: int(min(left, len(body)))])
                left -= len(body)
                if left < 0:
                    break
                body = b""
        # A socket that another thread reads from would not really be closed.
        client.shutdown(socket.SHUT_RD)
        upward.join()
        if cut is not None and cut.kind == "reset":
            reset(client)

    def close(self) -> None:
        """Take no more connections, and close those there are."""
        self.clear()
        self.listener.close()
        self.cut()


@contextlib.contextmanager
def chaos_proxy(endpoint: Place) -> Iterator[tuple[ChaosProxy, Place]]:
    """Stand between a client and an endpoint; yield the proxy, and the endpoint as clients should know it.

    Examples
    --------
    >>> with moto_server() as s3, chaos_proxy(s3) as (proxy, seen):  # doctest: +SKIP
    ...     proxy.fail(503, match="GET /bucket/", times=2)
    ...     boto3.client("s3", **seen.arguments()).get_object(Bucket="bucket", Key="key")
    """
    proxy = ChaosProxy(endpoint.url)
    try:
        yield proxy, dataclasses.replace(endpoint, url=proxy.url)
    finally:
        proxy.close()


def read_head(connection: socket.socket, received: bytes = b"") -> tuple[bytes, bytes]:
    """Read up to the end of the headers; return them, and what came with them of the body."""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            return received, b""
        received += piece
    head, _, rest = received.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def closing(head: bytes) -> bytes:
    """Return the headers so that the connection ends with this message."""
    lines = [line for line in head[:-4].split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close", b"", b""])


def pump(source: socket.socket, send: Callable[[bytes], None]) -> None:
    """Pass on what comes until it ends."""
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            send(piece)


def refuse(client: socket.socket, status: int) -> None:
    """Answer with an error, and let the client finish what it was sending."""
    body = REFUSAL.format(code=CODES.get(status, "InternalError")).encode()
    head = f"HTTP/1.1 {status} Refused\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n"
    client.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)
    client.shutdown(socket.SHUT_WR)
    client.settimeout(2)
    pump(client, lambda _: None)


def reset(connection: socket.socket) -> None:
    """Close the connection so that the other side sees a reset."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)
        connection.close()
