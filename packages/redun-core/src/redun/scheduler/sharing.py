"""Equal calls of one execution share a job: keys of calls, and who stands for each.

Floor: scheduler.
"""

from __future__ import annotations

from redun.hashing.keys import eval_hash
from redun.hashing.values import hash_value
from redun.scheduler.cells import Job

__all__ = ["Sharing", "give_key"]


def give_key(job: Job) -> None:
    """Hash the concrete arguments of a call and give it its cache key.

    Raises
    ------
    UnhashableValueError
        An argument has no content hash.
    """
    values, known = job.values, job.arg_hashes
    assert values is not None
    if known is None:
        hashes = [hash_value(value) for value in values]
    else:
        hashes = [
            one if one is not None else hash_value(value) for one, value in zip(known, values, strict=True)
        ]
    job.arg_hashes = hashes
    names, left_out = job.names, job.task.config_args
    if left_out:
        kept = [(name, one) for name, one in zip(names, hashes, strict=True) if name not in left_out]
        names, hashes = tuple([name for name, _ in kept]), [one for _, one in kept]
    job.eval_hash = eval_hash(job.task.digest, names, hashes)


class Sharing:
    """Which job stands for which call."""

    def __init__(self) -> None:
        self._jobs: dict[bytes, Job] = {}
        self._let_go: set[bytes] = set()

    def claim(self, job: Job) -> Job:
        """Return the job that stands for a call: an earlier one, or this one from now on."""
        return self._jobs.setdefault(job.eval_hash, job) if job.policy.share else job

    def let_go(self, job: Job) -> None:
        """Forget a job that is done; keeping it would keep its large result alive.

        A later equal call has to find the result in the record.
        """
        if self._jobs.get(job.eval_hash) is job:
            del self._jobs[job.eval_hash]
            self._let_go.add(job.eval_hash)

    def was_let_go(self, key: bytes) -> bool:
        """Tell, once, whether a call's job was forgotten."""
        if key in self._let_go:
            self._let_go.discard(key)
            return True
        return False

    def clear(self) -> None:
        """Forget all jobs."""
        self._jobs.clear()
