"""Calls that wait in a queue for threads to run them.

Floor: executors.
"""

from __future__ import annotations

from queue import Empty, SimpleQueue

from redun.executors.base import Completion, Inbox, Work

__all__ = ["drop_waiting"]


def drop_waiting(queue: SimpleQueue[Work | None], inbox: Inbox) -> None:
    """Bring back the calls of a queue as cancelled; each None, which ends a thread, stays in it."""
    stops = 0
    while True:
        try:
            work = queue.get_nowait()
        except Empty:
            break
        if work is None:
            stops += 1
        else:
            inbox.put(Completion(work, None, None, "cancelled"))
    for _ in range(stops):
        queue.put(None)
