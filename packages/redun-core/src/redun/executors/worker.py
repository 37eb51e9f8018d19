"""A thread that runs calls, and that may be abandoned with one.

Floor: executors. A thread cannot be ended from outside: it is left to itself, and another one takes its place.
"""

from __future__ import annotations

from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from redun.executors.perform import perform

if TYPE_CHECKING:
    from redun.executors.base import Inbox, Work
    from redun.executors.script import Scripts

__all__ = ["Worker"]


class Worker(Thread):
    """Takes calls from a queue until there is a None, or until it comes back from one that was abandoned.

    Parameters
    ----------
    name : str
    queue : SimpleQueue
        Calls to run; shared with other workers.
    busy : dict
        Which worker runs which call; whoever takes a call out of it abandons it.
    inbox : Inbox
        Where results go.
    scripts : Scripts
        Keeps the processes of script tasks.
    """

    def __init__(
        self,
        name: str,
        queue: SimpleQueue[Work | None],
        busy: dict[Work, Worker],
        inbox: Inbox,
        scripts: Scripts,
    ) -> None:
        # A daemon: the end of the process must not wait for a body that never returns.
        super().__init__(name=name, daemon=True)
        self._queue = queue
        self._busy = busy
        self._inbox = inbox
        self._scripts = scripts

    def run(self) -> None:
        """Run calls."""
        get, put, busy, scripts = self._queue.get, self._inbox.put, self._busy, self._scripts
        while True:
            work = get()
            if work is None:
                return
            busy[work] = self
            completion = perform(work, scripts)
            if busy.pop(work, None) is None:
                # Abandoned: nobody waits for the result, and another thread has taken this one's place.
                return
            put(completion)
            # Or an idle worker would keep its last call's arguments and result alive.
            del work, completion
