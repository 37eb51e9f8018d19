"""One process: its output, and its end with all that it started.

Floor: executors. Standard output is a result, so all of it is kept, in a file as soon as it is large; of standard
error, which may be endless, the end is kept.
"""

from __future__ import annotations

import os
import selectors
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from tempfile import SpooledTemporaryFile
from threading import Thread

import attrs

from redun.executors.descendants import end_processes, group_and_below

__all__ = ["Ended", "Process"]

MAX_IN_MEMORY = 1 << 20
"""Bytes of output from which it goes through a file."""

MAX_STDERR = 1 << 20
"""Bytes of standard error that are kept."""

_CHUNK = 1 << 16


@attrs.frozen
class Ended:
    """How a process ended.

    Attributes
    ----------
    returncode : int
        Its exit code; minus a signal's number when that ended it.
    stdout : bytes
    stderr : bytes
        The last part of it.
    omitted : int
        Bytes of standard error before that part.
    """

    returncode: int
    stdout: bytes
    stderr: bytes
    omitted: int = 0


class Process:
    """A process in a session of its own, reading nothing.

    Signals of the terminal do not reach it: whether it may finish is not for the terminal to decide.

    Parameters
    ----------
    command : sequence of str or bytes
    environ : mapping, optional
        By default that of this process.

    Raises
    ------
    OSError
        It cannot be started.
    """

    def __init__(self, command: Sequence[str | bytes], environ: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=environ,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """Its process id, which is that of its group."""
        return self._process.pid

    def finish(self, listen: Callable[[int, bytes], None] | None = None) -> Ended:
        """Wait for its end, and until nothing that it started still holds its output.

        Parameters
        ----------
        listen : callable, optional
            Told of what it writes as it comes, with the number of the stream: 1 or 2.
        """
        process = self._process
        assert process.stdout is not None
        assert process.stderr is not None
        tail = _Tail(MAX_STDERR)
        try:
            with (
                process.stdout,
                process.stderr,
                SpooledTemporaryFile(MAX_IN_MEMORY) as spool,
                selectors.DefaultSelector() as selector,
            ):
                selector.register(process.stdout, selectors.EVENT_READ, (1, spool.write))
                selector.register(process.stderr, selectors.EVENT_READ, (2, tail.write))
                while selector.get_map():
                    for key, _events in selector.select():
                        chunk = os.read(key.fd, _CHUNK)
                        if not chunk:
                            selector.unregister(key.fd)
                            continue
                        stream, write = key.data
                        write(chunk)
                        if listen is not None:
                            listen(stream, chunk)
                returncode = process.wait()
                spool.seek(0)
                return Ended(returncode, spool.read(), tail.read(), tail.omitted)
        except BaseException:
            # For instance no space is left for its output.
            self.end()
            raise

    def end(self) -> None:
        """End it and all that it started; safe from any thread, and does not wait for it."""
        # No daemon: this process must not leave before what ignores SIGTERM has got SIGKILL.
        Thread(target=self._end, name=f"redun-end-{self.pid}", daemon=False).start()

    def _end(self) -> None:
        end_processes(lambda: group_and_below(self.pid))
        self._process.poll()


class _Tail:
    """The last bytes of a stream."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self.omitted = 0

    def write(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._size += len(chunk)
        while self._size - len(self._chunks[0]) >= self._limit:
            dropped = self._chunks.popleft()
            self._size -= len(dropped)
            self.omitted += len(dropped)

    def read(self) -> bytes:
        return b"".join(self._chunks)
