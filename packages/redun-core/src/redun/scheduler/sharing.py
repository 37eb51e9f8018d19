"""Equal calls of one execution share a job: keys of calls, and who stands for each.

Floor: scheduler.
"""

from __future__ import annotations

from typing import Any

from redun.errors import UnhashableValueError
from redun.hashing.digest import digest
from redun.hashing.keys import eval_hash, kept
from redun.hashing.values import hash_value
from redun.scheduler.cells import Job
from redun.scheduler.failure import line_of
from redun.task.job_info import JobInfo

__all__ = ["SMALL", "Keys", "Sharing"]

SMALL = frozenset({int, float, bool, str, type(None)})
"""Types of arguments that cost next to nothing to hash and to keep."""


class Keys:
    """Gives the calls of one wave their cache keys.

    A value that is given to many of them is hashed once.
    """

    def __init__(self) -> None:
        # The calls keep the values alive, and their ids their own, as long as this lives.
        self._hashes: dict[int, bytes] = {}

    def give(self, job: Job) -> None:
        """Hash the concrete arguments of a call and give it its cache key.

        Raises
        ------
        UnhashableValueError
            An argument has no content hash.
        """
        values, known = job.values, job.arg_hashes
        assert values is not None
        hashes: list[bytes] = []
        left_out = job.task.config_args
        for position, value in enumerate(values):
            one = known[position] if known is not None else None
            if one is None:
                if value.__class__ in SMALL:
                    hashes.append(hash_value(value))
                    continue
                try:
                    one = self._hash(value)
                except UnhashableValueError as error:
                    if isinstance(value, BaseException):
                        # Whoever recovers from an error wants it whatever hangs on it: a lock, a connection.
                        hashes.append(digest(b"error", line_of(value).encode()))
                        continue
                    where = f"Argument {job.names[position]} of task {job.task.fullname}"
                    raise UnhashableValueError(f"{where}: {error}") from error.__cause__
                if value.__class__ is JobInfo:
                    left_out |= {job.names[position]}
            hashes.append(one)
        job.arg_hashes = hashes
        names = job.names
        if left_out:
            names, hashes = kept(names, hashes, left_out)
        job.eval_hash = eval_hash(job.task.digest, names, hashes)

    def _hash(self, value: Any) -> bytes:
        found = self._hashes.get(id(value))
        if found is None:
            found = self._hashes[id(value)] = hash_value(value)
        return found


class Sharing:
    """Which job stands for which call."""

    def __init__(self) -> None:
        self._jobs: dict[bytes, Job] = {}

    def claim(self, job: Job) -> Job:
        """Return the job that stands for a call: an earlier one, or this one from now on."""
        return self._jobs.setdefault(job.eval_hash, job) if job.policy.share else job

    def clear(self) -> None:
        """Forget all jobs."""
        self._jobs.clear()
