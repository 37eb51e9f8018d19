"""The process that runs the bodies of tasks.

Floor: composition. It may end in any way. Its outputs are kept by the process that watches it, which is told where each
result is to go before the body begins.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from contextlib import suppress
from time import time_ns
from typing import Any, NoReturn

from redun.errors import ExecutorError, RedunError
from redun.executors.base import Completion, Work
from redun.executors.fates import die_with_parent
from redun.executors.output import OutputStream
from redun.executors.perform import Performer, perform
from redun.executors.remote.remote_work import RemoteWork
from redun.executors.remote.result import write_result
from redun.executors.remote.specification import TaskSpecification
from redun.executors.routing import Capturing
from redun.host.host import Host
from redun.value.traceback_text import user_traceback
from redun.worker.calls import Given, read_order
from redun.worker.channel import Channel
from redun.worker.command import Order
from redun.worker.memory import Peak
from redun.worker.streams import Streams
from redun.worker.surroundings import Surroundings

__all__ = ["run_bodies"]


def run_bodies(
    order: Order,
    host: Host,
    channel: Channel,
    streams: Streams,
    parent: int,
    performer: Performer | None = None,
) -> int:
    """Run calls one after the other and return the exit code of this process.

    Parameters
    ----------
    order : Order
    host : Host
        Connected.
    channel : Channel
        To the process that watches this one.
    streams : Streams
        What it reads of this one.
    parent : int
        That process.
    performer : callable
        Runs one call; `perform` unless given.
    """
    _settle(streams, parent)
    try:
        specification, given = read_order(order)
        bodies = _Bodies(specification, host, channel, streams, performer or perform, silent=order.silent)
        for one in given:
            bodies.run(one)
    except (RedunError, OSError) as error:
        print(f"redun worker: {error}", file=sys.stderr)
        return 1
    return 0


def _settle(streams: Streams, parent: int) -> None:
    """Make this process one that bodies find ordinary."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    die_with_parent(parent, signal.SIGKILL)
    streams.redirect()
    _open_streams()
    with suppress(OSError, ValueError):
        faulthandler.enable()


def _open_streams() -> None:
    """Let Python write to the standard streams line by line, also after a body has closed them."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        stream: Any = getattr(sys, name)
        if stream is None or stream.closed:
            stream = open(number, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
        with suppress(AttributeError, OSError, ValueError):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")


class _Bodies:
    """Calls of one task."""

    def __init__(
        self,
        specification: TaskSpecification,
        host: Host,
        channel: Channel,
        streams: Streams,
        performer: Performer,
        *,
        silent: bool,
    ) -> None:
        self._silent = silent
        self._performer = performer
        self._specification = specification
        self._host = host
        self._channel = channel
        self._streams = streams
        self._surroundings: Surroundings | None = None
        self._pid = os.getpid()
        self._folder: str | None = None
        self._capturing = Capturing(streams=False)

    def run(self, given: Given) -> None:
        """Run a call and write how it ended."""
        specification, url = self._specification, given.call.url
        self._channel.send(
            "begin", given.index, given.more, url, specification.task, specification.heartbeat_s
        )
        peak = Peak()
        completion = self._performed(given)
        if os.getpid() != self._pid:
            _end_fork(completion, specification.task)
        completion = completion._replace(
            outputs=self._outputs(completion), tags=[*completion.tags, ("peak_memory", peak.bytes())]
        )
        self._channel.send("writing")
        if not self._silent:
            self._write(url, completion)
        self._channel.send("written")

    def _write(self, url: str, completion: Completion) -> None:
        try:
            write_result(url, completion)
        except Exception as error:
            told = ExecutorError(
                f"How task {self._specification.task} ended could not be written to {url}: {error}"
            )
            completion = completion._replace(sealed=None, error=told, cause="error")
            try:
                # Smaller, so that there may be room for it.
                write_result(url, completion)
            except (RedunError, OSError):
                self._channel.send("unwritten")
                raise told from error

    def _performed(self, given: Given) -> Completion:
        specification, call = self._specification, given.call
        started = time_ns() // 1000
        work: Any = None
        try:
            if self._surroundings is None:
                self._surroundings = Surroundings(specification, self._host)
                self._folder = os.getcwd()
            elif self._folder is not None:
                # Whatever folder the call before went to.
                os.chdir(self._folder)
            work = RemoteWork(
                self._surroundings.task,
                bytes.fromhex(call.eval_hash),
                call.job_id,
                specification.options,
                given.arguments,
                [name for name, *_ in specification.modules],
            )
            with self._capturing:
                completion = self._performer(work)
        except BaseException as error:
            completion = Completion(work, None, error, "error", started, time_ns() // 1000)
        if completion.error is not None:
            self._note_traceback(completion.error)
        return completion

    def _note_traceback(self, error: BaseException) -> None:
        text = user_traceback(error)
        if self._surroundings is not None:
            text = self._surroundings.as_there(text)
        with suppress(AttributeError, TypeError):
            error.__redun_traceback__ = text  # type: ignore[attr-defined]

    def _outputs(self, completion: Completion) -> list[Any]:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
        self._streams.redirect()
        _open_streams()
        self._channel.send("outputs")
        answer = self._channel.receive()
        written = [] if answer is None else answer[0]
        if _is_script(completion.work):
            # The output of a script does not come through this process' own streams.
            return [*completion.outputs]
        logged = [output for output in completion.outputs if output.stream == OutputStream.LOG]
        return [*written, *logged]


def _end_fork(completion: Completion, task: str) -> NoReturn:
    """End a process that a body forked and that came out of the body too: it is not the one to say how that ended."""
    error = completion.error
    if isinstance(error, SystemExit):
        os._exit(error.code if isinstance(error.code, int) else bool(error.code))
    sys.stdout.flush()
    print(
        f"redun worker: a process that task {task} forked went on after it, and is ended. Call os._exit() in it.",
        file=sys.stderr,
        flush=True,
    )
    os._exit(1)


def _is_script(work: Work | None) -> bool:
    return work is not None and work.task.script
