"""The process that runs the bodies of calls: a fork of a Python worker of Spark, which a body cannot harm.

It is a worker of the process pool (`redun.executors.pool.worker`), and serves until a call ends it, other code is asked
for, or Spark's worker ends.
"""

from __future__ import annotations

import atexit
import os
import pickle
import select
import signal
import sys
import warnings
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

from redun.executors.descendants import descendants, end_processes
from redun.executors.fates import die_with_parent
from redun.executors.memory_use import peak_bytes
from redun.executors.pool import wire
from redun.executors.pool.beginning import let_go_all_but
from redun.executors.pool.descriptors import last_words
from redun.executors.pool.surroundings import Surroundings
from redun.executors.pool.wire import Message, channels
from redun.executors.pool.worker import work
from redun.executors.script_files import remove_files_of

if TYPE_CHECKING:
    from redun.executors.output import Output
    from typing_extensions import Buffer

    from redun_executor_spark.waves.order import Call, Order

__all__ = ["Body"]

_LOOK_S = 0.05
_GRACE_S = 1.0


class Body:
    """One such process, and the calls that it was sent.

    Parameters
    ----------
    order : Order
    root : str
        Where the project's code is here.
    folder : str
        What relative paths refer to.
    mark : mapping of str to str
        Variables by which what it starts is known.

    Attributes
    ----------
    calls : deque of Call
        Those that it was sent, in this order; it runs the first one.
    since_s : float
        When the first of them began, or was sent.
    """

    def __init__(self, order: Order, root: str, folder: str, mark: Mapping[str, str]) -> None:
        self.calls: deque[Call] = deque()
        self.since_s = monotonic()
        self._secrets = order.secrets
        self._tasks: dict[str, bytes] = {}
        self._readers: list[int] = []
        # Both ends are kept: what has not been received there can be received here instead.
        self._channel, self._theirs = channels()
        self._pid = self._fork()
        self._ending = _Ending(self._pid)
        environ = {**os.environ, **order.environment, **mark}
        surroundings = Surroundings(folder, environ, tuple(sys.path), tuple(sys.argv), order.secrets)
        self._channel.send(wire.SETUP, [pickle.dumps(({}, root, order.capture), 5)])
        self._channel.send(wire.SURROUNDINGS, [pickle.dumps(tuple(surroundings), 5)])

    def knows_otherwise(self, fullname: str, digest: bytes) -> bool:
        """Tell whether it has loaded another version of a task's code."""
        return self._tasks.get(fullname, digest) != digest

    def give(self, call: Call, arguments: Sequence[Buffer], order: Order) -> bool:
        """Send a call with its arguments; False if there is no room for it now."""
        fullname, digest, found = order.tasks[call.task]
        number = int.from_bytes(digest[:7], "little")
        send = self._channel.send
        if fullname not in self._tasks:
            if not send(wire.TASK, [found], first=number, wait=False):
                return False
            self._tasks[fullname] = digest
        if not send(wire.CALL, [call.head, *arguments], first=call.number, second=number, wait=False):
            return False
        if not self.calls:
            self.since_s = monotonic()
        self.calls.append(call)
        return True

    def receive(self, wait_s: float) -> list[Message]:
        """Return what it has sent: wait for that, but not for long, nor when it has ended."""
        watched: list[Any] = [self._channel, *self._ending.descriptors]
        select.select(watched, [], [], self._ending.patience_s(wait_s))
        found = []
        with suppress(EOFError, OSError):
            while (message := self._channel.receive(wait=False)) is not None:
                if message.kind == wire.READY:
                    self._readers = message.descriptors
                else:
                    found.append(message)
        return found

    def came_back(self) -> Call:
        """Take the first call off the list."""
        self.since_s = monotonic()
        return self.calls.popleft()

    def take_back(self) -> list[Call]:
        """Return the calls that it has not received, in order; they are no longer its own."""
        if not self._readers:
            # It has not even begun: what it needs for that must stay.
            return []
        received = []
        with suppress(EOFError, OSError):
            while (message := self._theirs.receive(wait=False)) is not None:
                received.append(message)
        numbers = {message.first for message in received if message.kind == wire.CALL}
        for message in received:
            if message.kind == wire.TASK:
                self._tasks = {
                    name: digest for name, digest in self._tasks.items() if not _is(digest, message)
                }
        taken = [call for call in self.calls if call.number in numbers]
        self.calls = deque(call for call in self.calls if call.number not in numbers)
        return taken

    def ended(self) -> tuple[int, int] | None:
        """Return status and peak memory in bytes of the process if it has ended."""
        return self._ending.look()

    def outputs(self) -> list[Output]:
        """Return what it wrote for its last call, once it has ended."""
        return last_words(self._readers, self._secrets) if self._readers else []

    def end(self) -> None:
        """End it with all that it has started."""
        pid = self._pid
        if self._ending.look() is None:
            # Idle, it does so at once.
            with suppress(OSError):
                self._channel.send(wire.LEAVE, wait=False)
            if self.calls or self._ending.wait(_GRACE_S) is None:
                end_processes(
                    lambda: descendants([pid]) | ({pid} if self._ending.look() is None else set()), _GRACE_S
                )
                self._ending.wait(_GRACE_S)
        ended = self._ending.look()
        if ended is None or ended[0]:
            remove_files_of(pid)
        self._ending.close()
        self._channel.close()
        self._theirs.close()
        for reader in self._readers:
            os.close(reader)
        self._readers = []

    def _fork(self) -> int:
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        with warnings.catch_warnings():
            # Libraries of Spark's worker may run threads; none of them holds what a body needs.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if not pid:
            self._serve(parent)
        return pid

    def _serve(self, parent: int) -> NoReturn:
        try:
            for signum in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
                signal.signal(signum, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            die_with_parent(parent, signal.SIGKILL)
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 0)
            sys.stdin = open(0, closefd=False)  # noqa: SIM115 (it is the process' own)
            # Above all the connection to Spark, which must see its worker end.
            let_go_all_but(self._theirs.fileno(), null)
            atexit._clear()
            work(self._theirs, None)
        finally:
            os._exit(1)


def _is(digest: bytes, message: Message) -> bool:
    return int.from_bytes(digest[:7], "little") == message.first


class _Ending:
    """The end of a child of this process."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._found: tuple[int, int] | None = None
        self.descriptors: list[int] = []
        with suppress(OSError, AttributeError):
            self.descriptors = [os.pidfd_open(pid)]

    def patience_s(self, wait_s: float) -> float:
        """Return how long to wait at most: its end wakes nobody everywhere."""
        return max(0.0, wait_s if self.descriptors else min(wait_s, _LOOK_S))

    def look(self) -> tuple[int, int] | None:
        if self._found is None:
            pid, status, usage = os.wait4(self._pid, os.WNOHANG)
            if pid:
                self._found = status, peak_bytes(usage)
        return self._found

    def wait(self, wait_s: float) -> tuple[int, int] | None:
        deadline = monotonic() + wait_s
        while self.look() is None and (left := deadline - monotonic()) > 0:
            select.select(self.descriptors, [], [], self.patience_s(left))
        return self._found

    def close(self) -> None:
        for descriptor in self.descriptors:
            os.close(descriptor)
