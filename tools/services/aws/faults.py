"""Faults that tests ask for: throttled calls, and hosts or memory taken away from jobs."""

from __future__ import annotations

import dataclasses
import fnmatch
import threading
from collections import Counter


@dataclasses.dataclass
class Throttle:
    """The next `times` calls of an operation are refused."""

    operation: str
    times: int
    code: str
    status: int


@dataclasses.dataclass
class JobFault:
    """The next `times` attempts of jobs whose id or name fits end after a while: `interrupt` or `memory`."""

    job: str
    kind: str
    after: float = 0
    times: int = 1

    def fits(self, job_id: str, name: str) -> bool:
        """Tell whether the job is meant."""
        return any(fnmatch.fnmatchcase(known, self.job) for known in (job_id, name))


class Faults:
    """What was asked for and has not happened yet, and the calls that were made."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.calls: Counter[str] = Counter()
        self.throttles: list[Throttle] = []
        self.jobs: list[JobFault] = []

    def count(self, operation: str) -> Throttle | None:
        """Count a call; return the throttle that refuses it, if one does."""
        with self.lock:
            self.calls[operation] += 1
            for throttle in self.throttles:
                if throttle.times > 0 and fnmatch.fnmatchcase(operation, throttle.operation):
                    throttle.times -= 1
                    return throttle
        return None

    def take(self, job_id: str, name: str) -> JobFault | None:
        """Return the fault that an attempt of the job meets, if one does; it counts as met."""
        with self.lock:
            for fault in self.jobs:
                if fault.times > 0 and fault.fits(job_id, name):
                    fault.times -= 1
                    return fault
        return None

    def clear(self) -> None:
        """Forget all faults and all counts."""
        with self.lock:
            self.calls.clear()
            self.throttles.clear()
            self.jobs.clear()
