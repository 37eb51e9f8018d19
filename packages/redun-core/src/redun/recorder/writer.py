"""The thread that writes: it gathers what is handed over and commits it in groups.

Floor: recorder. A hand-over is on disk at most 0.2 s later, unless the disk falls behind or a flood of rows is being
merged (see `recorder.staging`). What could not be written is kept and tried again, so nothing is lost while the process
lives; meanwhile every call raises the reason.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from redun.errors import RecorderError
from redun.recorder.batch import Batch

__all__ = ["Inserting", "Writer"]

T = TypeVar("T")

GATHER_S = 0.1
"""How long a hand-over waits for company; the other half of the promise is for writing."""

_GROUP_ROWS = 32_000
_BACKLOG_ROWS = 400_000
_RETRY_S = 2.0
_HEARTBEAT_S = 2.0


class Inserting(Protocol):
    """Where the writer puts what it gathers: `recorder.inserting.Inserter`, or something around it."""

    def write(self, batches: Sequence[Batch]) -> None:
        """Write batches in one transaction.

        Raises
        ------
        RecorderError
            Nothing of them was written.
        """

    def tidy(self) -> None:
        """Do what follows from having written, now and then."""


class _Request(Generic[T]):
    """Something to do on the writer's thread, after everything handed over before."""

    def __init__(self, action: Callable[[], T]) -> None:
        self.action = action
        self.done = threading.Event()
        self.result: T | None = None
        self.error: BaseException | None = None


class Writer:
    """Writes to a database on a thread of its own.

    Parameters
    ----------
    inserter : Inserting
        Used by the writer's thread alone from now on.
    beat : callable
        Called every two seconds, in the writer's thread.
    """

    def __init__(self, inserter: Inserting, beat: Callable[[], None]) -> None:
        self._inserter = inserter
        self._beat = beat
        self._condition = threading.Condition()
        self._pending: list[tuple[Batch, int]] = []
        self._rows = 0
        self._first = 0.0
        self._requests: list[_Request[Any]] = []
        self._failure: RecorderError | None = None
        self._retry = 0.0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="redun-recorder", daemon=True)
        self._thread.start()

    @property
    def pending_rows(self) -> int:
        """Rows that are not on disk yet."""
        return self._rows

    def check(self) -> None:
        """Raise why the last attempt to write failed, if it did."""
        failure = self._failure
        if failure is not None:
            # A new one each time: the traceback is the caller's.
            raise type(failure)(*failure.args) from failure

    def write(self, batch: Batch) -> None:
        """Take over a batch; waits only when far behind.

        Raises
        ------
        RecorderError
            Writing fails; the batch is kept all the same.
        """
        rows = sum(len(getattr(batch, name)) for name in batch.__slots__)
        with self._condition:
            self._check_open()
            if not self._pending:
                self._first = time.monotonic()
            if not self._pending or self._rows < _GROUP_ROWS <= self._rows + rows:
                self._condition.notify_all()
            self._pending.append((batch, rows))
            self._rows += rows
            # Only now, for the batch must not be lost if the wait is interrupted.
            while self._rows > _BACKLOG_ROWS and self._failure is None:
                self._condition.wait()
            self.check()

    def call(self, action: Callable[[], T]) -> T:
        """Write everything handed over, then run an action on the writer's thread, and return its result."""
        request = _Request(action)
        with self._condition:
            self._check_open()
            self._requests.append(request)
            self._condition.notify_all()
        request.done.wait()
        if request.error is not None:
            raise request.error
        return request.result  # type: ignore[return-value]

    def stop(self) -> None:
        """End the thread; what is still pending is dropped, so flush first."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        self._thread.join()

    def _check_open(self) -> None:
        if self._stopping:
            raise RecorderError("the recorder is closed")

    def _run(self) -> None:
        beat_at = time.monotonic() + _HEARTBEAT_S
        while True:
            with self._condition:
                while (delay := self._delay(beat_at)) > 0:
                    self._condition.wait(delay)
                if self._stopping:
                    return
                requests, self._requests = self._requests, []
            now = time.monotonic()
            if requests or self._due(now) <= now:
                self._settle(requests)
            if time.monotonic() >= beat_at:
                beat_at = time.monotonic() + _HEARTBEAT_S
                self._beat()

    def _delay(self, beat_at: float) -> float:
        """Return how many seconds there is nothing to do."""
        if self._stopping or self._requests:
            return 0.0
        now = time.monotonic()
        return min(beat_at, self._due(now)) - now

    def _due(self, now: float) -> float:
        if not self._pending:
            return float("inf")
        if self._failure is not None:
            return self._retry
        return now if self._rows >= _GROUP_ROWS else self._first + GATHER_S

    def _settle(self, requests: list[_Request[Any]]) -> None:
        error = self._write_pending(bool(requests))
        for request in requests:
            try:
                if error is not None:
                    raise error
                request.result = request.action()
            except BaseException as failure:
                request.error = failure
            request.done.set()

    def _write_pending(self, everything: bool) -> RecorderError | None:
        """Write what is pending, or one group of it; return why that failed."""
        while self._pending:
            group = self._group()
            begun = time.monotonic()
            try:
                self._inserter.write([batch for batch, _ in group])
            except Exception as error:
                return self._fail(error)
            with self._condition:
                del self._pending[: len(group)]
                self._rows -= sum(rows for _, rows in group)
                # What is left was handed over meanwhile, or before.
                self._first = begun
                self._failure = None
                self._condition.notify_all()
            with contextlib.suppress(RecorderError):
                # Staged rows are safe, and will be merged later if not now.
                self._inserter.tidy()
            if not everything:
                break
        return None

    def _group(self) -> list[tuple[Batch, int]]:
        rows = count = 0
        for _, size in self._pending:
            if count and rows + size > _GROUP_ROWS:
                break
            rows += size
            count += 1
        return self._pending[:count]

    def _fail(self, error: Exception) -> RecorderError:
        if not isinstance(error, RecorderError):
            failure = RecorderError(f"the recorder cannot write what it was given: {error!r}")
            failure.__cause__ = error
            error = failure
        with self._condition:
            self._failure = error
            self._retry = time.monotonic() + _RETRY_S
            self._condition.notify_all()
        return error
