"""The lane of calls that drive an application: a queue, and threads that look after one call each."""

from __future__ import annotations

from collections.abc import Sequence
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING

from redun.errors import ExecutorError, JobCancelledError
from redun.executors.base import Completion
from redun.executors.capacities import positive_integer
from redun.executors.perform import perform
from redun.executors.script import Scripts
from redun.executors.waiting import drop_waiting

from redun_executor_spark.current import running_here
from redun_executor_spark.driver.call import DriverCall
from redun_executor_spark.fate import fate_of
from redun_executor_spark.submitters.choosing import submitter_for

if TYPE_CHECKING:
    from redun.executors.base import Inbox, Work

    from redun_executor_spark.running import Running
    from redun_executor_spark.site import Site
    from redun_executor_spark.submitters.protocol import Submitter

__all__ = ["DriverLane"]

DEFAULT_WORKERS = 20


class DriverLane:
    """Runs calls as drivers.

    Parameters
    ----------
    name : str
        The executor's name.
    site : Site
    inbox : Inbox

    Raises
    ------
    ConfigError
        `max_workers`, how many calls run at a time (20), is ill-formed.
    """

    def __init__(self, name: str, site: Site, inbox: Inbox) -> None:
        self._name = name
        self._site = site
        self._inbox = inbox
        self._size = positive_integer(name, site.section, "max_workers", DEFAULT_WORKERS)
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._within: dict[Work, Running] = {}
        self._threads: list[_Driver] = []
        self._running: dict[Work, _Driver] = {}
        self._submitters: dict[str, Submitter] = {}
        self._scripts = Scripts(guarded=True)
        self._lock = Lock()

    def submit(self, works: Sequence[Work]) -> None:
        """Queue calls."""
        within = running_here()
        for work in works:
            if within is not None:
                self._within[work] = within
            self._queue.put(work)
        for _ in range(min(len(works), self._size - len(self._threads))):
            self._add_thread()

    def cancel(self) -> None:
        """Drop calls that have not begun, and end the others: they come back as cancelled."""
        drop_waiting(self._queue, self._inbox)
        for work, driver in self._now_running():
            if driver.end() or not self._forget(work):
                continue
            # It waits for an application, which may take long to start.
            self._replace(driver)
            self._inbox.put(Completion(work, None, None, "cancelled"))

    def abandon(self, work: Work) -> None:
        """End a call, whose thread is left to itself while another one takes its place."""
        driver = self._forget(work)
        if driver is not None:
            self._scripts.abandon(work)
            driver.end(abandon=True)
            self._replace(driver)

    def stop(self, *, wait: bool) -> None:
        """End the threads when the queue is empty; without `wait`, end what they run."""
        if not wait:
            drop_waiting(self._queue, self._inbox)
            for work, driver in self._now_running():
                self._forget(work)
                driver.end(abandon=True)
            self._scripts.close()
        threads, self._threads = self._threads, []
        for _ in threads:
            self._queue.put(None)
        if wait:
            for thread in threads:
                thread.join()
            self._scripts.dismiss()
        for submitter in self._submitters.values():
            submitter.stop()

    def _add_thread(self) -> None:
        driver = _Driver(f"redun-{self._name}-{len(self._threads)}", self)
        self._threads.append(driver)
        driver.start()

    def _replace(self, driver: _Driver) -> None:
        if driver in self._threads:
            self._threads.remove(driver)
            self._add_thread()

    def _now_running(self) -> list[tuple[Work, _Driver]]:
        with self._lock:
            return list(self._running.items())

    def _forget(self, work: Work) -> _Driver | None:
        """Take a call from those that run; whoever gets it speaks for it."""
        with self._lock:
            return self._running.pop(work, None)

    def _submitter(self, kind: str) -> Submitter:
        with self._lock:
            found = self._submitters.get(kind)
            if found is None:
                found = self._submitters[kind] = submitter_for(kind, self._site)
            return found


class _Driver(Thread):
    """A thread that looks after one call at a time, until there is a None or its call was taken from it."""

    def __init__(self, name: str, lane: DriverLane) -> None:
        # A daemon: the end of the process must not wait for a body that never returns.
        super().__init__(name=name, daemon=True)
        self._lane = lane
        self._call: DriverCall | None = None
        self._submitter: Submitter | None = None

    def end(self, *, abandon: bool = False) -> bool:
        """End the call; False if it had not begun, and now never will."""
        call = self._call
        if call is None:
            return True
        call.abandoned |= abandon
        if not call.end():
            return False
        if self._submitter is not None:
            # A JVM or a cluster that does not answer must not hold up the scheduler.
            Thread(target=self._submitter.end, args=(call,), name=f"{self.name}-end", daemon=True).start()
        return True

    def run(self) -> None:
        lane = self._lane
        while True:
            work = lane._queue.get()
            if work is None:
                return
            within = lane._within.pop(work, None) if lane._within else None
            self._call = DriverCall(work, lane._site.options_of, within)
            with lane._lock:
                lane._running[work] = self
            completion = self._perform(self._call)
            self._call = self._submitter = None
            if lane._forget(work) is None:
                # Taken from it: nobody waits for the result, and another thread has taken this one's place.
                return
            lane._inbox.put(completion)
            # Or an idle thread would keep its last call's arguments and result alive.
            del work, completion

    def _perform(self, call: DriverCall) -> Completion:
        work, lane = call.work, self._lane
        try:
            if not work.task.script:
                self._submitter = lane._submitter(call.options.application.submit)
                return self._submitter.run(call)
            # It has no use for a session.
            return perform(work, lane._scripts) if call.begin() else Completion(work, None, None, "cancelled")
        except JobCancelledError as error:
            return Completion(work, None, error, "cancelled")
        except Exception as error:
            if isinstance(error, ExecutorError):
                # There was no body yet: frames of this package tell users nothing that the message does not.
                error.__traceback__ = None
            fate = fate_of(error, task=work.task.fullname)
            return Completion(work, None, fate.error, fate.cause)
