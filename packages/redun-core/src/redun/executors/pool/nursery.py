"""The nursery: a process that starts workers, and ends them with all that they started when the scheduler is gone.

Floor: executors. It runs one thread and imports nothing of the user's, so that it can be forked at any time. All below
it whose own parents end become its children, and so are found.
"""

from __future__ import annotations

import gc
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NoReturn

from redun.executors.descendants import descendants, group_and_below
from redun.executors.fates import adopt_orphans, die_with_parent
from redun.executors.memory_use import peak_bytes
from redun.executors.pool import wire
from redun.executors.pool.endings import Endings
from redun.executors.pool.surroundings import MARK
from redun.executors.pool.wire import Channel, Message
from redun.executors.script_files import remove_files_of

__all__ = ["Nursery"]

_TICK_S = 0.02
_LOOK_S = 1.0
"""How often to look for the scheduler where nothing tells that it has ended."""


class Nursery:
    """Serves the scheduler at the other end of a channel.

    Parameters
    ----------
    channel : Channel
    parent : int
        The scheduler's process.
    start : callable
        Starts a worker with its channel and returns its pid; given the nursery, for what a forked process lets go of.
    ready : callable, optional
        Called before the first message.
    """

    def __init__(
        self,
        channel: Channel,
        parent: int,
        start: Callable[[Nursery, Channel], int],
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._channel = channel
        self._parent = parent
        self._start = start
        self._ready = ready
        self._workers: dict[int, int] = {}
        self._killed: set[int] = set()
        self._endings = Endings()
        self._asked = False
        self._ending = False
        self._scheduler_gone = False
        self._selector = selectors.DefaultSelector()
        self._woken, self._wake = socket.socketpair()

    def serve(self) -> NoReturn:
        """Serve until told to end, or until the scheduler is gone."""
        # Before anything is asked of it: a process that was forked from a scheduler has its handlers.
        for signum in (signal.SIGINT, signal.SIGPIPE):
            signal.signal(signum, signal.SIG_IGN)
        for signum in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(signum, self._told_to_end)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        adopt_orphans()
        die_with_parent(self._parent, signal.SIGTERM)
        self._selector.register(self._channel, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        gc.freeze()
        self._ready()
        self._send(wire.READY)
        while not (self._ending and not self._endings.under_way):
            timeout = _TICK_S if self._endings.under_way else None if wire.TELLS_END else _LOOK_S
            for key, _events in self._selector.select(timeout):
                if key.fileobj is self._channel:
                    self._listen()
                else:
                    self._woken.recv(4096)
            if self._asked or (not wire.TELLS_END and os.getppid() != self._parent):
                self._end()
            self._reap()
            self._endings.go_on()
        self._reap()
        os._exit(0)

    def close_in_child(self) -> None:
        """Let go, in a worker that was just forked, of what is the nursery's own."""
        signal.set_wakeup_fd(-1)
        for signum in (signal.SIGPIPE, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD):
            # Python ignores SIGPIPE in all its processes.
            signal.signal(signum, signal.SIG_IGN if signum == signal.SIGPIPE else signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._selector.close()
        self._channel.close()
        self._woken.close()
        self._wake.close()

    def _told_to_end(self, *_: object) -> None:
        # The signal has woken the loop.
        self._asked = True

    def _end(self) -> None:
        if not self._ending:
            self._ending = True
            self._endings.begin(lambda: descendants([os.getpid()]))

    def _listen(self) -> None:
        while True:
            try:
                message = self._channel.receive(wait=False)
            except (EOFError, OSError):
                self._selector.unregister(self._channel)
                self._scheduler_gone = True
                self._end()
                return
            if message is None:
                return
            if message.kind == wire.LAUNCH:
                self._launch(message)
            elif message.kind == wire.KILL:
                self._kill(message.first)
            elif message.kind == wire.END:
                if not message.first and not self._workers:
                    # What bodies have left running on purpose is not to be ended.
                    os._exit(0)
                self._end()

    def _launch(self, message: Message) -> None:
        channel = Channel.of(message.descriptors[0])
        try:
            pid = self._start(self, channel)
        except OSError as error:
            self._send(wire.ENDED, message.first, 255 << 8, 0)
            sys.stderr.write(f"redun: no process can be started: {error.strerror}\n")
            return
        finally:
            channel.close()
        self._workers[pid] = message.first
        self._send(wire.STARTED, message.first, pid)

    def _kill(self, number: int) -> None:
        for pid, known in self._workers.items():
            if known == number:
                self._killed.add(pid)
                self._endings.begin(partial(group_and_below, pid))

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            number = self._workers.pop(pid, None)
            if number is None:
                continue
            if status:
                remove_files_of(pid)
            if status and pid not in self._killed:
                # What it was running for its job.
                left = _left_by(pid)
                if left:
                    self._endings.begin(partial(set, left))
            self._killed.discard(pid)
            self._send(wire.ENDED, number, status, peak_bytes(usage))

    def _send(self, kind: int, first: int = 0, second: int = 0, third: int = 0) -> None:
        if not self._scheduler_gone:
            try:
                self._channel.send(kind, first=first, second=second, third=third)
            except OSError:
                self._scheduler_gone = True
                self._end()


def _left_by(worker: int) -> set[int]:
    """Return what has become a child of this process when a worker crashed, and was started by that."""
    here = os.getpid()
    left = set()
    for child in descendants([here], deep=False):
        try:
            session = os.getsid(child)
            marked = f"{MARK}={worker}\0".encode() in Path(f"/proc/{child}/environ").read_bytes()
        except OSError:
            continue
        if session == worker or marked:
            left.add(child)
    return left
