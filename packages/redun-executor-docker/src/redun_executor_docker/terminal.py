"""This process' terminal, lent to a container."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from contextlib import suppress
from typing import Any

from redun.errors import ExecutorError

from redun_executor_docker.engine import Engine

__all__ = ["Terminal"]

_CHUNK = 1 << 14


class Terminal:
    """Attached to a container that has one of its own; as a context, it is given back at the end.

    Parameters
    ----------
    engine : Engine
    container : str
        Its id. It need not have started.

    Raises
    ------
    ExecutorError
        This process has no terminal.
    """

    def __init__(self, engine: Engine, container: str) -> None:
        if not (sys.__stdin__ and sys.__stdin__.isatty() and sys.__stdout__ and sys.__stdout__.isatty()):
            raise ExecutorError(
                "The option interactive gives the container this process' terminal, and it has none: its input or its "
                "output is redirected. Run it in a terminal, or without interactive."
            )
        self._engine = engine
        self._container = container
        self._in = sys.__stdin__.fileno()
        self._out = sys.__stdout__.fileno()

    def __enter__(self) -> Terminal:
        with self._engine.speaking():
            socket: Any = self._engine.client.api.attach_socket(
                self._container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1, "logs": 1}
            )
        self._socket = getattr(socket, "_sock", socket)
        self._attributes = termios.tcgetattr(self._in)
        tty.setraw(self._in)
        return self

    def __exit__(self, *_: object) -> None:
        termios.tcsetattr(self._in, termios.TCSADRAIN, self._attributes)
        self._socket.close()

    def relay(self) -> None:
        """Pass on what is typed and what is shown, until the container ends."""
        self._resize()
        size = os.get_terminal_size(self._out)
        while True:
            ready, _, _ = select.select([self._socket, self._in], [], [], 0.5)
            if self._socket in ready:
                shown = self._socket.recv(_CHUNK)
                if not shown:
                    return
                os.write(self._out, shown)
            if self._in in ready:
                typed = os.read(self._in, _CHUNK)
                if typed:
                    self._socket.sendall(typed)
            # Signals go to the main thread only, which need not be this one.
            now = os.get_terminal_size(self._out)
            if now != size:
                size = now
                self._resize()

    def _resize(self) -> None:
        size = os.get_terminal_size(self._out)
        with suppress(ExecutorError), self._engine.speaking():
            self._engine.client.api.resize(self._container, height=size.lines, width=size.columns)
