"""Running script tasks: the body returns text, a process runs it, its standard output is the result.

Floor: executors.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

from redun.errors import ExecutorError, JobCancelledError, ScriptError
from redun.executors.capture import slot_of_context
from redun.executors.script_files import write_script
from redun.executors.script_text import encoded, first_line, get_task_command, interpreter

if TYPE_CHECKING:
    from redun.executors.base import Work
    from redun.executors.guardian import Guardian
    from redun.executors.process import Process

__all__ = ["Scripts", "exec_script", "script_error"]


class Scripts:
    """The scripts that one executor runs in this process, and their end before their time.

    Parameters
    ----------
    guarded : bool
        They are to end when this process is killed, and nobody else sees to that.
    """

    def __init__(self, *, guarded: bool = False) -> None:
        self._guarded = guarded
        self._guardian: Guardian | None = None
        self._lock = Lock()
        self._running: dict[Work | None, list[_Run]] = {}
        self._closed = False

    def run(self, work: Work) -> bytes:
        """Run the script of a call and return what it wrote to standard output.

        Raises
        ------
        ScriptError
            It ended with another exit code than 0.
        JobCancelledError
            It was ended before its time.
        """
        with self._lock:
            run = _Run(self._mark())
            if self._closed:
                run.abandon()
            self._running.setdefault(work, []).append(run)
        try:
            args, kwargs = work.arguments()
            return run.perform(
                get_task_command(work.task, args, kwargs), work.task.name, slot_of_context().keep
            )
        finally:
            with self._lock:
                runs = self._running[work]
                runs.remove(run)
                if not runs:
                    del self._running[work]

    def abandon(self, work: Work) -> None:
        """End the script of a call, if it runs, with all that it started; does not wait for it."""
        with self._lock:
            for run in self._running.get(work, ()):
                run.abandon()

    def close(self) -> None:
        """End all scripts, and any that would still begin."""
        with self._lock:
            self._closed = True
            for runs in self._running.values():
                for run in runs:
                    run.abandon()

    def dismiss(self) -> None:
        """Take note that all of them have come back."""
        with self._lock:
            guardian, self._guardian = self._guardian, None
        if guardian is not None:
            guardian.dismiss()

    def _mark(self) -> Mapping[str, str]:
        if self._guardian is None and self._guarded:
            from redun.executors.guardian import VARIABLE, Guardian

            if VARIABLE in os.environ:
                # All of this process is guarded already.
                return {}
            self._guardian = Guardian()
        return {} if self._guardian is None else self._guardian.mark


class _Run:
    """One script, which may be given up at any time, also before its process is there."""

    def __init__(self, mark: Mapping[str, str] | None = None) -> None:
        self._mark = mark
        self._lock = Lock()
        self._process: Process | None = None
        self._path = ""
        self._abandoned = False

    def abandon(self) -> None:
        with self._lock:
            if not self._abandoned:
                self._abandoned = True
                if self._process is not None:
                    self._process.end()
                    # Now: this process may leave without waiting for us.
                    self._remove()

    def _remove(self) -> None:
        with suppress(OSError):
            os.unlink(self._path)

    def perform(self, script: str, name: str, listen: Callable[[int, bytes], None] | None = None) -> bytes:
        self._path = write_script(encoded(script), name)
        try:
            with self._lock:
                if self._abandoned:
                    raise JobCancelledError("The script was given up before it began.")
                process = self._process = _start(script, self._path, self._mark)
            ended = process.finish(listen)
        finally:
            with self._lock:
                self._process = None
            self._remove()
        if self._abandoned:
            raise JobCancelledError("The script was ended before its time.")
        if ended.returncode:
            raise script_error(ended.stderr, ended.omitted, ended.returncode, script)
        return ended.stdout


def script_error(stderr: bytes, omitted: int, returncode: int, script: str) -> ScriptError:
    """Return the error of a script that failed, by the end of its standard error and what is missing before that."""
    if omitted:
        stderr = b"[... %d bytes before this are left out]\n" % omitted + stderr
    return ScriptError(stderr, returncode=returncode, command=first_line(script))


def exec_script(command: str, name: str = "script") -> bytes:
    """Run a script in this process' environment and return what it wrote to standard output.

    Parameters
    ----------
    command : str
        The text; its first line names the interpreter.
    name : str
        Part of the name of the file that it is run from, for its messages.

    Raises
    ------
    ScriptError
        It ended with another exit code than 0.

    Examples
    --------
    >>> exec_script("#!/bin/sh\\necho hello")
    b'hello\\n'
    """
    return _Run().perform(command, name)


def _start(script: str, path: str, mark: Mapping[str, str] | None) -> Process:
    from redun.executors.process import Process

    # The kernel would read the interpreter from the file in just this way. But it refuses to execute a file that is
    # open for writing anywhere, and a process that another thread forks at this moment has it open for an instant.
    program = interpreter(script)
    try:
        return Process([*program, path], {**os.environ, **mark} if mark else None)
    except OSError as error:
        raise ExecutorError(
            f"The script {first_line(script)!r} cannot be run by its interpreter {program[0]!r}: {error.strerror}."
        ) from error
