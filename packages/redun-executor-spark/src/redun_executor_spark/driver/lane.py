"""The lane of calls that drive an application: calls that wait, and threads that look after one each."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock, Thread
from typing import TYPE_CHECKING

from redun.errors import ExecutorError, JobCancelledError
from redun.executors.base import Completion
from redun.executors.capacities import positive_integer
from redun.executors.perform import perform
from redun.executors.script import Scripts

from redun_executor_spark.current import running_here
from redun_executor_spark.driver.call import DriverCall
from redun_executor_spark.driver.roster import Roster
from redun_executor_spark.fate import fate_of
from redun_executor_spark.submitters.choosing import submitter_for

if TYPE_CHECKING:
    from redun.executors.base import Inbox, Work

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
        self._roster: Roster[_Driver] = Roster()
        self._threads: list[_Driver] = []
        self._submitters: dict[str, Submitter] = {}
        self._scripts = Scripts(guarded=True)
        self._lock = Lock()

    def submit(self, works: Sequence[Work]) -> None:
        """Have calls wait for a thread."""
        within = running_here()
        self._roster.add([DriverCall(work, self._site.options_of, within) for work in works])
        for _ in range(min(len(works), self._size - len(self._threads))):
            self._add_thread()

    def cancel(self) -> None:
        """Drop calls that have not begun, and end the others: they come back as cancelled."""
        for call, driver in self._dropped():
            if driver.end(call) or not self._roster.forget(call.work):
                continue
            # It waits for an application, which may take long to start.
            self._replace(driver)
            self._inbox.put(Completion(call.work, None, None, "cancelled"))

    def abandon(self, work: Work) -> None:
        """End a call, whose thread is left to itself while another one takes its place."""
        call, driver = self._roster.forget(work) or (None, None)
        if call is not None and driver is not None:
            self._scripts.abandon(work)
            driver.end(call, abandon=True)
            self._replace(driver)

    def stop(self, *, wait: bool) -> None:
        """End the threads when no call waits; without `wait`, end what they run."""
        if not wait:
            for call, driver in self._dropped():
                self._roster.forget(call.work)
                driver.end(call, abandon=True)
            self._scripts.close()
        threads, self._threads = self._threads, []
        self._roster.close()
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

    def _dropped(self) -> list[tuple[DriverCall, _Driver]]:
        """Bring back the calls that wait as cancelled, and return the others."""
        waited, taken = self._roster.drain()
        for call in waited:
            self._inbox.put(Completion(call.work, None, None, "cancelled"))
        return taken

    def _submitter(self, kind: str) -> Submitter:
        with self._lock:
            found = self._submitters.get(kind)
            if found is None:
                found = self._submitters[kind] = submitter_for(kind, self._site)
            return found


class _Driver(Thread):
    """A thread that looks after one call at a time, until the lane ends or its call was taken from it."""

    def __init__(self, name: str, lane: DriverLane) -> None:
        # A daemon: the end of the process must not wait for a body that never returns.
        super().__init__(name=name, daemon=True)
        self._lane = lane
        self._submitter: Submitter | None = None

    def end(self, call: DriverCall, *, abandon: bool = False) -> bool:
        """End its call; False if it had not begun, and now never will."""
        call.abandoned |= abandon
        if not call.end():
            return False
        submitter = self._submitter
        if submitter is not None:
            # A JVM or a cluster that does not answer must not hold up the scheduler.
            Thread(target=submitter.end, args=(call,), name=f"{self.name}-end", daemon=True).start()
        return True

    def run(self) -> None:
        lane = self._lane
        while (call := lane._roster.take(self)) is not None:
            completion = self._perform(call)
            self._submitter = None
            if lane._roster.forget(call.work) is None:
                # Taken from it: nobody waits for the result, and another thread has taken this one's place.
                return
            lane._inbox.put(completion)
            # Or an idle thread would keep its last call's arguments and result alive.
            del call, completion

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
