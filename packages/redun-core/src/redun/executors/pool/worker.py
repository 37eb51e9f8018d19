"""A worker process: takes calls, one at a time, and sends back how they ended.

Floor: executors.
"""

from __future__ import annotations

import atexit
import os
import pickle
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from redun.errors import ExecutorError
from redun.executors.base import Completion
from redun.executors.memory_use import Peaks
from redun.executors.perform import perform
from redun.executors.pool import wire
from redun.executors.pool.descriptors import Descriptors
from redun.executors.pool.surroundings import Surroundings
from redun.executors.remote.location import load_task
from redun.executors.remote.offered import offer_modules
from redun.executors.remote.outcome import encode_outcome
from redun.executors.remote.remote_work import RemoteWork
from redun.executors.routing import Capturing
from redun.executors.script import Scripts
from redun.task.registry import get_task_registry

if TYPE_CHECKING:
    from redun.executors.pool.task_numbers import FoundAt
    from redun.executors.pool.wire import Channel, Message
    from redun.secrets.redaction import Redactor
    from redun.task.task import Task

__all__ = ["CUT_OFF", "OUT_OF_MEMORY", "Prepare", "work"]

Prepare = Callable[[Mapping[str, Any]], None]
"""Lets a new process find plugins and file systems; given the configuration."""

CUT_OFF = 81
"""Exit code of a worker that can no longer reach the scheduler."""

OUT_OF_MEMORY = 82
"""Exit code of a worker that has not even memory enough to say so."""


_NO_OPTIONS: Mapping[str, Any] = {}


class _Failed:
    """A task that cannot be loaded."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def work(channel: Channel, prepare: Prepare | None) -> NoReturn:
    """Serve the scheduler at the other end of a channel, and end the process when told to or when that is gone.

    Parameters
    ----------
    channel : Channel
    prepare : callable or None
        What to do with the configuration, unless that was done before this process was forked.
    """
    try:
        _Worker(channel, prepare).serve()
        code = 0
    except EOFError:
        code = CUT_OFF
    except OSError as error:
        # A body has closed what was not its own.
        with suppress(OSError):
            os.write(2, f"redun: a worker cannot reach its scheduler any more: {error}\n".encode())
        code = CUT_OFF
    except MemoryError:
        code = OUT_OF_MEMORY
    except BaseException:
        traceback.print_exc()
        code = 1
    if code == CUT_OFF:
        os._exit(code)
    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


class _Worker:
    def __init__(self, channel: Channel, prepare: Prepare | None) -> None:
        self._channel = channel
        self._prepare = prepare
        self._root = ""
        self._surroundings = Surroundings.here()
        self._found: dict[int, FoundAt] = {}
        self._modules: tuple[str, ...] = ()
        self._tasks: dict[int, Task[..., Any] | _Failed] = {}
        self._scripts = Scripts()
        self._peaks = Peaks()
        self._descriptors: Descriptors | None = None
        self._capturing: Capturing | None = None
        self._redactor: Redactor | None = None
        # For a message when there is no memory left.
        self._reserve: bytearray | None = bytearray(1 << 20)

    def serve(self) -> None:
        channel = self._channel
        while True:
            message = channel.receive(wait=False)
            if message is None:
                if self._descriptors is not None:
                    self._descriptors.idle()
                message = channel.receive()
                if self._descriptors is not None:
                    self._descriptors.busy()
            assert message is not None
            kind = message.kind
            if kind == wire.CALL:
                self._call(message)
            elif kind == wire.TASK:
                found = self._found[message.first] = pickle.loads(message.buffers[0])
                offer_modules(found.modules, self._root)
                self._modules = tuple([name for name, *_ in found.modules])
            elif kind == wire.SURROUNDINGS:
                self._surroundings = Surroundings(*pickle.loads(message.buffers[0]))
                self._surroundings.take_on()
                if self._surroundings.secrets:
                    self._keep_secret(self._surroundings.secrets)
            elif kind == wire.SETUP:
                self._set_up(*pickle.loads(message.buffers[0]))
            else:
                return

    def _set_up(self, config: Mapping[str, Any], root: str, capture: bool) -> None:
        self._root = root
        if self._prepare is not None:
            self._prepare(config)
        if capture:
            self._descriptors = Descriptors()
            self._descriptors.busy()
        else:
            sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        self._capturing = Capturing(capture)
        self._capturing.__enter__()
        readers = [] if self._descriptors is None else self._descriptors.readers
        self._channel.send(wire.READY, descriptors=readers)

    def _keep_secret(self, secrets: Sequence[str | bytes | float]) -> None:
        if self._redactor is None:
            from redun.secrets.redaction import Redactor

            self._redactor = Redactor()
            if self._capturing is not None:
                self._capturing.redact(self._redactor)
            if self._descriptors is not None:
                self._descriptors.redact(self._redactor)
        for secret in secrets:
            self._redactor.add(secret)

    def _call(self, message: Message) -> None:
        number = message.first
        self._surroundings.return_to_folder()
        completion = self._completion(message)
        del message
        broken = self._descriptors is not None and self._descriptors.broken
        try:
            buffers = encode_outcome(completion)
            out_of_memory = isinstance(completion.error, MemoryError)
            del completion
            try:
                self._channel.send(wire.RESULT, buffers, first=number, second=out_of_memory or broken)
            except ExecutorError as error:
                failed = encode_outcome(Completion(None, None, error, "error"))  # type: ignore[arg-type]
                self._channel.send(wire.RESULT, failed, first=number)
        except MemoryError:
            self._reserve = None
            self._channel.send(wire.OUT_OF_MEMORY, first=number)
            out_of_memory = True
        if out_of_memory or broken:
            # The next call is to find a process that nobody has spoilt.
            os._exit(OUT_OF_MEMORY)

    def _completion(self, message: Message) -> Completion:
        task = self._task(message.second)
        if isinstance(task, _Failed):
            return Completion(None, None, task.error, "error")  # type: ignore[arg-type]
        head, *arguments = message.buffers
        job_id = str(head[20:], "ascii")
        work = RemoteWork(task, bytes(head[:20]), job_id, _NO_OPTIONS, arguments, self._modules)
        self._peaks.begin(task.fullname)
        completion = perform(work, self._scripts)
        peak = self._peaks.end(task.fullname)
        if peak is not None:
            completion = completion._replace(tags=[("peak_memory", peak)])
        if self._descriptors is not None:
            outputs = self._descriptors.merge(completion.outputs)
            if outputs is not completion.outputs:
                completion = completion._replace(outputs=outputs)
        return completion

    def _task(self, number: int) -> Task[..., Any] | _Failed:
        known = self._tasks.get(number)
        if known is None:
            at = self._found[number]
            try:
                known = _load(at, self._root)
            except BaseException as error:
                known = _Failed(error)
            self._tasks[number] = known
        return known


def _load(at: FoundAt, root: str) -> Task[..., Any]:
    if at.location is None:
        task = get_task_registry().require(at.fullname)
        if task.digest == at.digest:
            return task
        raise ExecutorError(f"The code of task {at.fullname} was changed after this process was forked.")
    return load_task(at.location, at.fullname, at.digest, root, at.parts)
