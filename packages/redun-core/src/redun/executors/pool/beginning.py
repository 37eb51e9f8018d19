"""How processes of a pool begin.

Floor: executors. The nursery begins in an interpreter of its own or as a fork of the scheduler's process; workers as
forks of the nursery or in interpreters of their own.
"""

from __future__ import annotations

import atexit
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from tempfile import TemporaryFile
from typing import IO, NoReturn

from redun.errors import ExecutorError
from redun.executors.fates import die_with_parent
from redun.executors.pool.nursery import Nursery
from redun.executors.pool.surroundings import MARK
from redun.executors.pool.wire import Channel, channels
from redun.executors.pool.worker import Prepare, work

__all__ = ["Begun", "begin", "serve_as_nursery", "serve_as_worker"]

_SERVE = "redun.worker.pool"
"""The module whose `main` a new interpreter calls; it knows of plugins, this floor does not."""


class Begun:
    """A nursery as its scheduler sees it.

    Attributes
    ----------
    pid : int
    channel : Channel
        Leads to it.
    ready : bool
        It has said that it serves.
    """

    def __init__(self, pid: int, channel: Channel, said: IO[bytes] | None) -> None:
        self.pid = pid
        self.channel = channel
        self.ready = False
        self._said = said
        self._status: int | None = None

    def complaint(self) -> str:
        """Return what it wrote to standard error before it was ready, indented; the end of that."""
        if self._said is None:
            return ""
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").rstrip().splitlines()[-15:]
        return "".join([f"\n  {line}" for line in lines])

    def wait(self) -> int:
        """Wait for its end and return its exit code; minus a signal's number when that ended it."""
        if self._status is None:
            try:
                self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            except ChildProcessError:
                # Somebody else in this process has waited for all that there is.
                self._status = 0
        return self._status

    def has_ended(self) -> bool:
        """Tell whether it has ended."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status is not None

    def close(self) -> None:
        """Let go of it."""
        self.channel.close()
        if self._said is not None:
            self._said.close()
            self._said = None


def begin(method: str) -> Begun:
    """Start a nursery whose workers begin by a start method; it ends when the calling thread does.

    Raises
    ------
    ExecutorError
        No process can be started.
    """
    ours, theirs = channels()
    try:
        return _fork(ours, theirs) if method == "fork" else _execute(method, ours, theirs)
    except OSError as error:
        ours.close()
        raise ExecutorError(
            f"The nursery of the process pool cannot be started: {error.strerror}."
        ) from error
    finally:
        theirs.close()


def _execute(method: str, ours: Channel, theirs: Channel) -> Begun:
    said = TemporaryFile()  # noqa: SIM115 (kept until it is ready)
    stderr = os.dup(2)
    try:
        argv = _interpreter("nursery", method, theirs.fileno(), stderr, os.getpid())
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stderr=said,
            pass_fds=(theirs.fileno(), stderr),
            start_new_session=True,
        )
    finally:
        os.close(stderr)
    # Whoever waits for it is `Begun`.
    process.returncode = 0
    return Begun(process.pid, ours, said)


def _fork(ours: Channel, theirs: Channel) -> Begun:
    import warnings

    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        # That other threads run is known, and that what they hold is lost: `fork` was asked for.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        return Begun(pid, ours, None)
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 (it is the process' own)
        let_go_all_but(theirs.fileno(), null)
        # What the scheduler does at its end is not to be done again at ours.
        atexit._clear()
        Nursery(theirs, parent, _forked).serve()
    finally:
        os._exit(1)


def let_go_all_but(descriptor: int, null: int) -> None:
    # What the scheduler has open, its database for instance, is none of ours: locks would live as long as we do. But a
    # library that closes what it has opened, when there is a fork, must find something to close (arrow aborts else).
    for name in os.listdir("/dev/fd"):
        other = int(name)
        if other > 2 and other not in (descriptor, null):
            os.dup2(null, other, inheritable=False)


def serve_as_nursery(method: str, descriptor: int, stderr: int, parent: int, prepare: Prepare) -> NoReturn:
    """Be a nursery, in an interpreter that was started for it."""
    channel = Channel.of(descriptor)
    start: Callable[[Nursery, Channel], int] = _spawned
    if method != "spawn":
        setup = channel.receive()
        assert setup is not None
        prepare(pickle.loads(setup.buffers[0])[0])
        start = _forked
    Nursery(channel, parent, start, partial(_divert, stderr)).serve()


def serve_as_worker(descriptor: int, parent: int, prepare: Prepare) -> NoReturn:
    """Be a worker, in an interpreter that was started for it."""
    _be_worker(parent)
    work(Channel.of(descriptor), prepare)


def _forked(nursery: Nursery, channel: Channel) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        nursery.close_in_child()
        _be_worker(parent)
        work(channel, None)
    finally:
        os._exit(1)


def _spawned(_nursery: Nursery, channel: Channel) -> int:
    os.set_inheritable(channel.fileno(), True)
    argv = _interpreter("worker", channel.fileno(), os.getpid())
    defaults = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD, signal.SIGINT)
    return os.posix_spawn(argv[0], argv, os.environ, setsigdef=defaults)


def _be_worker(parent: int) -> None:
    os.setsid()
    die_with_parent(parent, signal.SIGKILL)
    os.environ[MARK] = str(os.getpid())


def _divert(stderr: int) -> None:
    os.dup2(stderr, 2)
    os.close(stderr)


def _interpreter(role: str, *arguments: object) -> list[str]:
    if not sys.executable:
        raise ExecutorError(
            "No process can be started: Python does not know where its interpreter is (sys.executable)."
        )
    # Private, but what all of the standard library starts interpreters with.
    flags: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    code = f"import sys; sys.path[:] = {[*map(str, sys.path)]!r}; from {_SERVE} import main; main()"
    return [sys.executable, *flags, "-c", code, f"redun-{role}", *map(str, arguments)]
