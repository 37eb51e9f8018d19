"""The threads that look after containers, each after one at a time."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING

from redun.errors import JobCancelledError, JobLostError
from redun.executors.base import Completion, Inbox, Work
from redun.executors.waiting import drop_waiting

from redun_executor_docker.running import Running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redun_executor_docker.site import Site

__all__ = ["Crew"]


class Crew:
    """Jobs of one start of an executor, waiting and running.

    Parameters
    ----------
    name : str
        The executor's name.
    size : int
        Most containers at a time.
    inbox : Inbox
    reach : callable
        Returns the place where jobs run; called in a thread, when the first job is there.
    perform : callable
        Runs a job at that place.
    """

    def __init__(
        self,
        name: str,
        size: int,
        inbox: Inbox,
        reach: Callable[[], Site],
        perform: Callable[[Running, Site], Completion],
    ) -> None:
        self._name = name
        self._size = size
        self._inbox = inbox
        self._reach = reach
        self._perform = perform
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._running: dict[Work, Running] = {}
        self._lock = Lock()
        self._reaching = Lock()
        self._site: Site | None = None
        self._ending = False

    def submit(self, works: Sequence[Work]) -> None:
        """Take jobs to run."""
        for work in works:
            self._queue.put(work)
        for _ in range(min(len(works), self._size - len(self._threads))):
            # A daemon: what is left when the process ends is the guardian's.
            thread = Thread(target=self._work, name=f"redun-{self._name}-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def cancel(self) -> None:
        """Drop waiting jobs."""
        drop_waiting(self._queue, self._inbox)

    def abandon(self, work: Work) -> None:
        """End a job, if it runs; does not wait for it."""
        with self._lock:
            running = self._running.get(work)
        if running is not None:
            Thread(target=running.end, name=f"redun-{self._name}-end").start()

    def stop(self, *, wait: bool) -> None:
        """End when the jobs have; without `wait`, end them now."""
        if not wait:
            self.cancel()
            with self._lock:
                self._ending = True
                works = list(self._running)
            for work in works:
                self.abandon(work)
        for _ in self._threads:
            self._queue.put(None)
        if wait:
            self._finish()
        else:
            Thread(target=self._finish, name=f"redun-{self._name}-stop", daemon=True).start()

    def _finish(self) -> None:
        for thread in self._threads:
            thread.join()
        if self._site is not None:
            self._site.close()

    def _work(self) -> None:
        while True:
            work = self._queue.get()
            if work is None:
                return
            running = Running(work)
            with self._lock:
                self._running[work] = running
                ending = self._ending
            if ending:
                running.end()
            completion = self._completion(running)
            completion = completion._replace(tags=[*completion.tags, *running.tags])
            with self._lock:
                del self._running[work]
            self._inbox.put(completion)
            # Or an idle thread would keep its last job alive.
            del work, running, completion

    def _completion(self, running: Running) -> Completion:
        try:
            return self._perform(running, self._there())
        except JobCancelledError as error:
            return Completion(running.work, None, error, "cancelled")
        except JobLostError as error:
            return Completion(running.work, None, error, "lost")
        except Exception as error:
            return Completion(running.work, None, error, "error")

    def _there(self) -> Site:
        with self._reaching:
            if self._site is None:
                self._site = self._reach()
            return self._site
