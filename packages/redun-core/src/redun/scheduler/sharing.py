"""Equal calls of one execution share a job: keys of calls, and who stands for each.

Floor: scheduler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redun.errors import ExpressionError, UnhashableValueError
from redun.hashing.digest import digest
from redun.hashing.keys import eval_hash, kept
from redun.hashing.unevaluated import hash_concrete
from redun.hashing.values import hash_value
from redun.scheduler.cells import Job
from redun.scheduler.failure import line_of
from redun.scheduler.remembering import Remembering
from redun.task.job_info import JobInfo
from redun.value.nested import scan

if TYPE_CHECKING:
    from redun.secrets.vault import Vault

__all__ = ["SMALL", "Keys", "Sharing"]

SMALL = frozenset({int, float, bool, str, type(None)})
"""Types of arguments that cost next to nothing to hash and to keep."""


class Keys:
    """Gives the calls of one wave their cache keys.

    A value that is given to many of them is hashed once.

    Parameters
    ----------
    remembering : Remembering
        Hashes values, and knows those of earlier waves.
    vault : Vault or None
        Knows which are secrets.
    """

    def __init__(self, remembering: Remembering, vault: Vault | None = None) -> None:
        self._remembering = remembering
        self._vault = vault
        if vault is not None:
            vault.forget_wave()
        # The calls keep the values alive, and their ids their own, as long as this lives.
        self._hashes: dict[int, bytes] = {}

    def give(self, job: Job) -> None:
        """Hash the concrete arguments of a call and give it its cache key.

        Raises
        ------
        UnhashableValueError
            An argument has no content hash.
        ExpressionError
            A lazy value would reach the body unevaluated.
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
                except (UnhashableValueError, ExpressionError) as error:
                    one = _hash_around_errors(value)
                    if one is None:
                        where = f"Argument {job.names[position]} of task {job.task.fullname}"
                        raise type(error)(f"{where}: {error}") from error.__cause__
                if value.__class__ is JobInfo:
                    left_out |= {job.names[position]}
            hashes.append(one)
        vault = self._vault
        hidden = vault.bound(job, hashes) if vault is not None else None
        job.arg_hashes = hashes
        names = job.names
        if left_out:
            names, hashes = kept(names, hashes, left_out)
        job.eval_hash = eval_hash(job.task.digest, names, hashes)
        if hidden and vault is not None:
            vault.hide_arguments(job.eval_hash, hidden)

    def _hash(self, value: Any) -> bytes:
        found = self._hashes.get(id(value))
        if found is None:
            found = self._hashes[id(value)] = self._remembering.hash(value)
        return found


def _hash_around_errors(value: Any) -> bytes | None:
    """Hash a value with errors in it by their texts; None if that is not what keeps it from having a hash.

    Whoever recovers from an error wants it whatever hangs on it: a lock, a connection.
    """
    errors = scan(value, lambda kind: issubclass(kind, BaseException))
    known = {id(error): digest(b"error", line_of(error).encode()) for error in errors}
    if id(value) in known:
        return known[id(value)]
    try:
        return hash_concrete(value, known) if known else None
    except (UnhashableValueError, ExpressionError):
        return None


class Sharing:
    """Which job stands for which call."""

    def __init__(self) -> None:
        self._jobs: dict[bytes, Job] = {}

    def claim(self, job: Job) -> Job:
        """Return the job that stands for a call: an earlier one, or this one from now on."""
        if not job.policy.share:
            return job
        context = job.context
        return self._jobs.setdefault(job.eval_hash if context is None else job.eval_hash + context.hash, job)

    def clear(self) -> None:
        """Forget all jobs."""
        self._jobs.clear()
