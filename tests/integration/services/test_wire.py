"""Between a client and a server of any protocol there is the trouble that the test wants."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest
from services.wire import wire

PATIENCE_S = 30.0


@pytest.fixture
def line():
    """A wire to a server that says back what it is told."""
    listener = socket.create_server(("127.0.0.1", 0))

    def echo(connection):
        with connection, contextlib.suppress(OSError):
            while piece := connection.recv(65536):
                connection.sendall(piece)

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with wire(listener.getsockname()[1]) as strung:
        yield strung
    listener.close()


def connect(line):
    return socket.create_connection(("127.0.0.1", line.port), timeout=PATIENCE_S)


def ask(connection, text):
    connection.sendall(text)
    return read(connection, len(text))


def read(connection, size):
    found = b""
    while len(found) < size and (piece := connection.recv(65536)):
        found += piece
    return found


def hears_nothing(connection):
    connection.settimeout(0.2)
    with pytest.raises(TimeoutError):
        connection.recv(1)
    connection.settimeout(PATIENCE_S)
    return True


def test_what_is_said_passes_on_late_or_slowly(line):
    with connect(line) as one:
        assert ask(one, b"hello") == b"hello"
        line.latency = 0.1
        begun = time.monotonic()
        assert ask(one, b"again") == b"again"
        assert time.monotonic() - begun >= 0.2
        line.clear()
        line.rate = 100_000
        begun = time.monotonic()
        assert ask(one, bytes(10_000)) == bytes(10_000)
        assert time.monotonic() - begun >= 0.2
        one.shutdown(socket.SHUT_WR)
        assert one.recv(1) == b""
    assert line.connections == 1


def test_what_is_held_back_passes_on_in_the_end(line):
    with connect(line) as one:
        assert ask(one, b"x") == b"x"
        line.stall()
        one.sendall(b"held")
        with connect(line) as two:
            two.sendall(b"held too")
            assert hears_nothing(one)
            assert hears_nothing(two)
            line.clear()
            assert (read(one, 4), read(two, 8)) == (b"held", b"held too")
        line.deafen()
        one.sendall(b"unheard")
        assert hears_nothing(one)
        line.clear()
        assert read(one, 7) == b"unheard"


def test_connections_are_cut(line):
    with connect(line) as one, connect(line) as two:
        assert ask(one, b"x") + ask(two, b"y") == b"xy"
        line.cut()
        for each in (one, two):
            with pytest.raises(ConnectionResetError):
                each.recv(1)
    line.cut_after(1000)
    with connect(line) as one:
        one.sendall(bytes(3000))
        with pytest.raises(ConnectionResetError):
            read(one, 3000)
    assert line.cuts == 1
    with connect(line) as one:
        assert ask(one, bytes(3000)) == bytes(3000)


def test_an_answer_is_lost(line):
    line.cut_at(b"COMMIT", times=2)
    for _ in range(2):
        with connect(line) as one:
            assert ask(one, b"INSERT") == b"INSERT"
            one.sendall(b"COMMIT")
            with pytest.raises(ConnectionResetError):
                one.recv(1)
    with connect(line) as one:
        assert ask(one, b"COMMIT") == b"COMMIT"
    assert line.cuts == 2


def test_new_connections_are_refused(line):
    with connect(line) as one:
        assert ask(one, b"x") == b"x"
        line.refuse()
        with pytest.raises(ConnectionError):
            ask(connect(line), b"x")
        assert ask(one, b"y") == b"y"
    line.clear()
    with connect(line) as one:
        assert ask(one, b"x") == b"x"
