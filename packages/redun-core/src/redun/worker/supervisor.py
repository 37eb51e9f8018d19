"""The process that watches the one which runs the bodies of tasks.

Floor: composition. It loads nothing of the project, so that neither a body nor what a body imports can harm it.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
from contextlib import suppress
from time import monotonic, time_ns
from typing import TYPE_CHECKING, Any

import attrs

from redun.config import Config
from redun.errors import RedunError
from redun.executors.base import Completion
from redun.executors.descendants import descendants, end_processes
from redun.executors.fates import adopt_orphans
from redun.executors.memory_use import KernelKills, peak_bytes
from redun.executors.remote.result import has_result, write_result
from redun.host.host import Host
from redun.host.wiring import connect
from redun.worker.channel import Channel
from redun.worker.command import Order
from redun.worker.fate import fate
from redun.worker.heartbeat import Heartbeat
from redun.worker.parent import Parent
from redun.worker.streams import Streams

if TYPE_CHECKING:
    from redun.executors.perform import Performer

__all__ = ["Supervisor"]

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PARTING_S = 5.0
"""How long a process may stay after its last result is written, for threads that its body left."""

_WRITING_S = 20.0
"""How long it may go on writing a result after the worker was asked to end."""

_ENDING_S = 2.0


@attrs.frozen
class _Current:
    """The call whose body runs."""

    index: int
    more: bool
    url: str
    task: str
    heartbeat_s: float


class Supervisor:
    """Runs an order.

    Parameters
    ----------
    order : Order
    performer : callable
        Runs one call; `redun.executors.perform.perform` unless given.
    """

    def __init__(self, order: Order, performer: Performer | None = None) -> None:
        self._order = order
        self._performer = performer
        self._host = Host()
        self._streams = Streams()
        self._signal_reader, self._signal_writer = os.pipe()
        for descriptor in (self._signal_reader, self._signal_writer):
            os.set_blocking(descriptor, False)
        self._parent = None if order.parent is None else Parent(order.parent)

    def run(self) -> int:
        """Run all calls; a call that ends its process loses only itself."""
        connect(self._host, Config())
        # What bodies started and outlive is found among the children of this process.
        adopt_orphans()
        signal.set_wakeup_fd(self._signal_writer, warn_on_full_buffer=False)
        for number in (*_SIGNALS, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        order: Order | None = self._order
        code, own = 0, os.getpid()
        while order is not None:
            here, there = Channel.pair()
            sys.stdout.flush()
            sys.stderr.flush()
            pid = os.fork()
            if pid == 0:
                here.close()
                from redun.worker.bodies import run_bodies

                return run_bodies(order, self._host, there, self._streams, own, self._performer)
            there.close()
            watch = _Watch(order, pid, here, self._streams, self._signal_reader, self._parent)
            ended, order = watch.run()
            code = code or ended
        return code


class _Watch:
    """Watches one process to its end."""

    def __init__(
        self,
        order: Order,
        pid: int,
        channel: Channel,
        streams: Streams,
        signals: int,
        parent: Parent | None,
    ) -> None:
        self._order = order
        self._pid = pid
        self._channel: Channel | None = channel
        self._streams = streams
        self._signals = signals
        self._parent = parent
        self._current: _Current | None = None
        self._began = 0
        self._writing = False
        self._unwritten = False
        self._finished = False
        self._asked_to_end = 0
        self._heartbeat: Heartbeat | None = None
        self._deadline: float | None = None
        self._kills = KernelKills(everywhere=False)
        self._ended: tuple[int, Any] | None = None

    def run(self) -> tuple[int, Order | None]:
        """Return the worker's exit code, and what is left to do by another process."""
        while self._ended is None:
            self._turn()
        status, usage = self._ended
        while self._channel is not None and self._channel.ready():
            # What it said before it ended; a process that it left may hold its end for ever.
            self._listen()
        if self._heartbeat is not None:
            self._heartbeat.stop()
        if self._current is None:
            self._streams.take()
            return self._code(status), None
        current, self._current = self._current, None
        # Another attempt may follow: what this one started must not go on beside it.
        self._end()
        code = 0 if self._told(current, status, usage) else 1
        if self._asked_to_end:
            return 128 + self._asked_to_end, None
        if not current.more:
            return code, None
        left = (
            None if self._order.count is None else self._order.count - (current.index + 1 - self._order.first)
        )
        return code, attrs.evolve(self._order, first=current.index + 1, count=left)

    def _code(self, status: int) -> int:
        if self._finished:
            return 0
        if self._asked_to_end:
            return 128 + self._asked_to_end
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code

    def _turn(self) -> None:
        watched: list[Any] = [*self._streams.readers, self._signals]
        if self._channel is not None:
            watched.append(self._channel)
        if self._parent is not None:
            watched += self._parent.descriptors
        ready, _, _ = select.select(watched, [], [], self._timeout())
        for one in ready:
            if one in self._streams.readers:
                self._streams.pass_on(one)
            elif one is self._channel:
                self._listen()
            elif one == self._signals:
                self._take_signals()
        if self._parent is not None and self._parent.ended():
            self._die()
        if self._deadline is not None and monotonic() > self._deadline:
            self._deadline = None
            self._end()
        self._reap()

    def _timeout(self) -> float | None:
        times = []
        if self._deadline is not None:
            times.append(max(0.0, self._deadline - monotonic()))
        if self._parent is not None and not self._parent.descriptors:
            times.append(1.0)
        return min(times, default=None)

    def _listen(self) -> None:
        assert self._channel is not None
        message = self._channel.receive()
        match message:
            case None:
                self._channel.close()
                self._channel = None
            case ("begin", index, more, url, task, heartbeat_s):
                self._current = _Current(index, more, url, task, heartbeat_s)
                self._began = time_ns() // 1000
                if self._heartbeat is None:
                    self._heartbeat = Heartbeat(self._pid, heartbeat_s)
                self._heartbeat.url = None if self._order.silent else url
            case ("outputs",):
                with suppress(OSError):
                    self._channel.send([tuple(output) for output in self._streams.take()])
            case ("writing",):
                self._writing = True
            case ("unwritten",):
                self._unwritten = True
            case ("written",):
                self._written()

    def _written(self) -> None:
        assert self._current is not None
        self._writing = False
        self._finished = not self._current.more
        self._current = None
        if self._heartbeat is not None:
            self._heartbeat.url = None
        if self._asked_to_end:
            self._end()
        elif self._finished:
            self._deadline = monotonic() + _PARTING_S

    def _take_signals(self) -> None:
        numbers = [number for number in os.read(self._signals, 4096) if number in _SIGNALS]
        if numbers and not self._asked_to_end:
            self._asked_to_end = numbers[0]
            if self._writing:
                # The result is there: there may be time to finish writing it.
                self._deadline = monotonic() + _WRITING_S
            else:
                self._end()

    def _end(self) -> None:
        """End the process that runs bodies, and all that was started by it."""
        end_processes(lambda: descendants([os.getpid()]), _ENDING_S)

    def _die(self) -> None:
        """Nobody wants anything any more."""
        end_processes(lambda: descendants([os.getpid()]), 0.2)
        os._exit(1)

    def _reap(self) -> None:
        # As the first process of a container, it is told of the end of others too.
        with suppress(ChildProcessError):
            while True:
                pid, status, usage = os.wait3(os.WNOHANG)
                if pid == 0:
                    return
                if pid == self._pid:
                    self._ended = status, usage

    def _told(self, current: _Current, status: int, usage: resource.struct_rusage) -> bool:
        """Write how a call ended whose process could not do that itself; tell whether that worked."""
        if self._unwritten:
            self._streams.take()
            return False
        error, cause = fate(current.task, status, self._asked_to_end, self._kills.any())
        completion = Completion(
            None,  # type: ignore[arg-type]
            None,
            error,
            cause,
            self._began,
            time_ns() // 1000,
            self._streams.take(),
            [("peak_memory", peak_bytes(usage))],
        )
        try:
            if not self._order.silent and not has_result(current.url):
                write_result(current.url, completion)
        except (RedunError, OSError) as failure:
            print(f"redun worker: {error} That could not be written: {failure}", file=sys.stderr)
            return False
        return True
