"""The thread executor: calls run in threads of this process.

Floor: executors. Workers take calls one by one from a shared queue, so a slow call never holds up others; threads are
started only while there is more work than idle workers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from redun.executors.base import Inbox, Work
from redun.executors.capacities import capacities_of, positive_integer
from redun.executors.script import Scripts
from redun.executors.waiting import drop_waiting
from redun.executors.worker import Worker

if TYPE_CHECKING:
    from redun.executors.coroutines import Coroutines

__all__ = ["ThreadExecutor"]

DEFAULT_WORKERS = 20


class ThreadExecutor:
    """Runs calls in a pool of threads.

    Parameters
    ----------
    name : str
        The executor's name.
    options : mapping, optional
        `max_workers`: number of threads, default 20. `vcpus` (or `cores`) and `memory` in GB: what its calls share,
        each taking as much as its task options of these names say; without limit otherwise.

    Raises
    ------
    ConfigError
        `max_workers` is not a positive integer, or a capacity no positive number.

    Examples
    --------
    >>> from redun import LocalExecutor, Scheduler, task
    >>> @task(namespace="docs", executor="narrow")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> with Scheduler(executors={"narrow": LocalExecutor("narrow", {"max_workers": 1})}) as scheduler:
    ...     scheduler.run([double(1), double(2)])
    [2, 4]
    """

    reports_begin = True

    def __init__(self, name: str = "default", options: Mapping[str, Any] | None = None) -> None:
        self.name = name
        self.max_workers = positive_integer(name, options or {}, "max_workers", DEFAULT_WORKERS)
        self._capacities = capacities_of(name, options or {})
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._threads: list[Worker] = []
        self._busy: dict[Work, Worker] = {}
        self._coroutines: Coroutines | None = None
        self._inbox: Inbox | None = None
        self._scripts = Scripts(guarded=True)

    def supports_async(self) -> bool:
        """Async tasks run in an event loop in a thread of its own, any number at once."""
        return True

    def capacities(self) -> Mapping[str, float]:
        """Return what its calls share."""
        return self._capacities

    def start(self, inbox: Inbox) -> None:
        """Deliver results to an inbox from now on."""
        self._inbox = inbox

    def submit(self, works: Sequence[Work]) -> None:
        """Queue calls."""
        assert self._inbox is not None
        asynchronous = [work for work in works if work.task.runs_async]
        if asynchronous:
            works = [work for work in works if not work.task.runs_async]
            self._begin(asynchronous, self._inbox)
        for _ in range(min(len(works), self.max_workers - len(self._threads))):
            self._add_worker()
        put = self._queue.put
        for work in works:
            put(work)

    def cancel(self) -> None:
        """Drop queued calls."""
        assert self._inbox is not None
        drop_waiting(self._queue, self._inbox)

    def _begin(self, works: Sequence[Work], inbox: Inbox) -> None:
        if self._coroutines is None:
            from redun.executors.coroutines import Coroutines

            self._coroutines = Coroutines(self.name, inbox)
        self._coroutines.begin(works)

    def abandon(self, work: Work) -> None:
        """Give up a call that runs.

        A script is ended with all that it started, the body of an async task cancelled. Any other body runs on, in a
        thread that is left to itself while another one takes its place.
        """
        self._scripts.abandon(work)
        if self._coroutines is not None and work.task.runs_async:
            self._coroutines.abandon(work)
        worker = self._busy.pop(work, None)
        if worker is not None and worker in self._threads:
            self._threads.remove(worker)
            self._add_worker()

    def stop(self, *, wait: bool = True) -> None:
        """End the threads once the queue is empty; without `wait`, end the scripts that they run."""
        coroutines, self._coroutines = self._coroutines, None
        if coroutines is not None:
            coroutines.stop(wait=wait)
        threads, self._threads = self._threads, []
        for _ in threads:
            self._queue.put(None)
        if wait:
            for thread in threads:
                thread.join()
            self._scripts.dismiss()
        else:
            self._scripts.close()
            self._scripts = Scripts(guarded=True)
        # Threads that are not waited for take their leave from the old queue, whenever they get there.
        self._queue = SimpleQueue()
        self._busy = {}

    def _add_worker(self) -> None:
        assert self._inbox is not None
        name = f"redun-{self.name}-{len(self._threads)}"
        worker = Worker(name, self._queue, self._busy, self._inbox, self._scripts)
        worker.start()
        self._threads.append(worker)
