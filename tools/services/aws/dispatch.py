"""Decides which jobs run: as many at once as there are slots, in the order of submission."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from services.aws.faults import Faults, JobFault
from services.aws.images import Images

if TYPE_CHECKING:
    from services.aws.jobs import LocalJob


class Dispatcher:
    """The compute environment of all queues.

    Parameters
    ----------
    images
        Starts what jobs ask for.
    slots
        How many jobs run at once; the others wait, RUNNABLE.
    """

    def __init__(self, images: Images, slots: int) -> None:
        self.images = images
        self.faults = Faults()
        self.slots = slots
        self.changed = threading.Condition(threading.RLock())
        self.waiting: deque[LocalJob] = deque()
        self.running: set[LocalJob] = set()
        self.closed = False
        threading.Thread(target=self.dispatch, daemon=True).start()

    def submit(self, job: LocalJob) -> None:
        """Queue a job."""
        with self.changed:
            self.waiting.append(job)
            self.changed.notify_all()

    def set_slots(self, slots: int) -> None:
        """Change how many run at once; what runs already goes on."""
        with self.changed:
            self.slots = slots
            self.changed.notify_all()

    def hit(self, fault: JobFault) -> bool:
        """Let a fault befall the jobs it means that run now; tell whether there was one."""
        with self.changed:
            met = [job for job in self.running if fault.fits(job.job_id, job.job_name)]
        for job in met[: fault.times]:
            job.meet(fault)
        fault.times -= len(met[: fault.times])
        return fault.times <= 0

    def close(self) -> None:
        """End every job, and start no more."""
        self.closed = True
        for job in list(self.running):
            job.kill()

    def dispatch(self) -> None:
        """Start jobs whenever something changed."""
        while True:
            with self.changed:
                for job in self.startable():
                    self.running.add(job)
                    threading.Thread(target=self.run, args=(job,), daemon=True).start()
                self.changed.wait()

    def startable(self) -> list[LocalJob]:
        """Take from the queue what may run now; called with the lock held."""
        chosen: list[LocalJob] = []
        kept: deque[LocalJob] = deque()
        while self.waiting:
            if not self.closed and len(self.running) + len(chosen) >= self.slots:
                break
            job = self.waiting.popleft()
            # A job that was cancelled, or whose dependency failed, ends without having run.
            if job.ended_before_start():
                continue
            (chosen if job.ready() else kept).append(job)
        self.waiting.extendleft(reversed(kept))
        return chosen

    def run(self, job: LocalJob) -> None:
        """Run a job to its end."""
        try:
            job.run()
        finally:
            with self.changed:
                self.running.discard(job)
                self.changed.notify_all()
