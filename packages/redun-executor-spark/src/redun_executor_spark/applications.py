"""The Spark application of this process: who may use it, and when it ends.

pyspark allows one SparkContext in a process, and so all executors, their lanes and their threads share it. Calls with
other launch options wait until nobody uses the one that runs; they are served in the order in which they came, so that
all get their turn. At servers of Spark Connect there may be several.
"""

from __future__ import annotations

import atexit
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Lock, Thread
from typing import TYPE_CHECKING

from redun.errors import ExecutorError, JobCancelledError

from redun_executor_spark.interfaces import turns
from redun_executor_spark.options import CONNECT

if TYPE_CHECKING:
    from redun_executor_spark.options import Application
    from redun_executor_spark.running import Running

__all__ = ["enter", "leave", "use"]

_EXIT_S = 20.0
"""How long the end of the process waits for that of its application."""


@contextmanager
def use(
    application: Application,
    *,
    logs: str | None = None,
    within: Running | None = None,
    for_body: bool = False,
    wanted: Callable[[], bool] = lambda: True,
) -> Iterator[Running]:
    """Use an application, started if need be, while the context lasts; from any thread but the main one.

    Parameters
    ----------
    application : Application
    logs : str, optional
        Folder for what the JVM writes.
    within : Running, optional
        What the caller's caller uses already: a body that runs a scheduler of its own must not wait for itself.
        It is what `current.running_here` returned where the call was submitted.
    for_body : bool
        A body of a task runs in this process meanwhile: the interface of pyspark must stay the one that it needs.
    wanted : callable, optional
        Asked when its turn has come, which may be late, before an application is started for it.

    Raises
    ------
    ExecutorError
        It cannot be started, or differs from `within`.
    JobCancelledError
        It is not wanted any more.
    """
    place = _place(application)
    # Within a body, its own turn is that of what it calls.
    turn = turns.take(application.server) if within is None else None
    try:
        running = place.take(application, logs, within, wanted)
        try:
            if turn is not None and not for_body:
                turn.end()
            yield running
        finally:
            place.give_back()
    finally:
        if turn is not None:
            turn.end()


def enter() -> None:
    """Note that an executor may use applications from now on."""
    global _executors
    with _lock:
        _executors += 1


def leave(*, keep: bool = False) -> None:
    """Note that one does no more: with the last one the applications end, once nobody uses them.

    Parameters
    ----------
    keep : bool
        They live on, for executors to come, until the process ends.
    """
    global _executors
    with _lock:
        _executors -= 1
        places = [] if keep or _executors else [_own, *_servers.values()]
    for place in places:
        place.close_when_idle()


class _Place:
    """Where there can be one application at a time."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: deque[object] = deque()
        self._running: Running | None = None
        self._users = 0
        self._changing = False
        self._closing = False

    def take(
        self, application: Application, logs: str | None, within: Running | None, wanted: Callable[[], bool]
    ) -> Running:
        """Wait until the application is there, and use it."""
        ticket = object()
        if within is not None and within.application != application:
            raise ExecutorError(
                "A task on Spark was called within another one that uses an application with other options, "
                "and a process can have one only. Give both the same options, or call it outside."
            )
        with self._changed:
            if within is not None and within is self._running:
                self._users += 1
                return within
            self._waiting.append(ticket)
            try:
                self._changed.wait_for(lambda: self._waiting[0] is ticket and self._ready(application))
                if not wanted():
                    raise JobCancelledError("The call was given up before it had an application.")
                if self._serves(application):
                    assert self._running is not None
                    self._users += 1
                    self._stay_open()
                    self._leave_queue(ticket)
                    return self._running
                self._changing = True
            except BaseException:
                self._leave_queue(ticket)
                raise
            present, self._running = self._running, None
        # What takes long is done without the lock. Being the first in the queue keeps others out.
        started: Running | None = None
        try:
            if present is not None:
                _stop(present)
            started = _start(application, logs)
            return started
        finally:
            with self._changed:
                self._running = started
                self._users += started is not None
                self._changing = False
                self._stay_open()
                self._leave_queue(ticket)

    def give_back(self) -> None:
        """Use it no more."""
        with self._changed:
            self._users -= 1
            self._changed.notify_all()
        self._close_if_idle()

    def close_when_idle(self) -> None:
        """End the application once nobody uses it and nobody waits for it."""
        with self._changed:
            self._closing = self._running is not None or self._changing or bool(self._waiting)
        self._close_if_idle()

    def _close_if_idle(self) -> None:
        with self._changed:
            if not self._closing or self._users or self._waiting or self._running is None:
                return
            present, self._running = self._running, None
            self._changing = True
        try:
            _stop(present)
        finally:
            with self._changed:
                self._changing = self._closing = False
                self._changed.notify_all()

    def _stay_open(self) -> None:
        # A call that was cancelled while its application started comes here when its executor has ended already.
        if _executors:
            self._closing = False

    def _ready(self, application: Application) -> bool:
        return not self._changing and (not self._users or self._serves(application))

    def _serves(self, application: Application) -> bool:
        running = self._running
        return running is not None and running.application == application and running.alive()

    def _leave_queue(self, ticket: object) -> None:
        self._waiting.remove(ticket)
        self._changed.notify_all()


_lock = Lock()
_executors = 0
_own = _Place()
_servers: dict[Application, _Place] = {}


def _place(application: Application) -> _Place:
    if application.submit != CONNECT:
        return _own
    with _lock:
        return _servers.setdefault(application, _Place())


def _start(application: Application, logs: str | None) -> Running:
    atexit.unregister(_end_all)
    atexit.register(_end_all)
    if application.submit == CONNECT:
        from redun_executor_spark.connecting import connect

        return connect(application)
    from redun_executor_spark.launching import launch

    return launch(application, logs)


def _stop(running: Running) -> None:
    from redun_executor_spark.connected import Connected

    if isinstance(running, Connected):
        running.stop()
        return
    from redun_executor_spark.launching import stop

    stop(running)


def _end_all() -> None:
    """End what was kept, when the process ends; a cluster that does not answer must not keep it from that."""
    threads = [
        Thread(target=place.close_when_idle, name="redun-spark-exit", daemon=True)
        for place in (_own, *_servers.values())
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_EXIT_S)
