"""Work in flight that executions share: one runs a call, the others wait for its result.

Floor: scheduler. Around whatever hands calls to executors; where leases are off it is not there.

The protocol
    A call that no record answers is claimed by its eval hash, with all others of its wave, before it is handed over.
    If the lease is granted, the call runs; if another execution has it, the call waits. The lease ends in the
    transaction that writes what others may replay: what the body returned, or, for calls that are replayed as a whole
    only, the finished call. It ends, too, when the call fails, is cancelled or let go of, and with its execution.
    Calls that wait are looked at again after a while that grows: if a lease has ended, or its holder has, the rebuilder
    is asked anew, and what has no answer then is claimed again.

No work is done twice
    Whoever is granted a lease looks, after that, for what was recorded before, and results are recorded no later than
    their lease ends. So a body runs again only if the result does not serve: the holder failed or was taken for dead,
    or what it returned holds no more or must not be kept. A holder that was wrongly taken for dead finds out where it
    writes, and overwrites nothing (`redun.recorder.leases`).

No wake-up is lost
    Nobody is woken. Those who wait look at the state of the leases again and again; what ends a lease is on record, and
    the end of a process is seen by its silence.

No deadlock
    A lease is held from its claim to the return of a body. Bodies of ordinary tasks wait for nothing: what they call is
    evaluated when they have returned, and their leases have ended then. So of two executions that wait for each other,
    A for x of B and B for y of A, both run what they hold, and both go on. Only two kinds of calls wait while something
    above them is held: those below the running body of an async task, which may keep its lease and units of limits, and
    those of an execution inside of a job, whose worker others may need. They wait for `NESTED_S` at most, and not at
    all for the execution around them, and run without a lease then. A wait of bounded length is part of no deadlock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import monotonic, time_ns
from typing import TYPE_CHECKING, NamedTuple

from redun.recorder.batch import JobStatus, Reason
from redun.scheduler.control import root_task

if TYPE_CHECKING:
    from redun.executors.base import Completion, Demand
    from redun.rebuilder.reuse import Rebuilder
    from redun.recorder.interface import Leases
    from redun.scheduler.cells import Job
    from redun.scheduler.lease_journal import LeaseJournal
    from redun.scheduler.notices import Notices
    from redun.scheduler.outcomes import Outcomes
    from redun.scheduler.submission import Submit

__all__ = ["NESTED_S", "Leasing"]

NESTED_S = 30.0
"""Longest wait of a call that is waited for by something that others may need."""

FIRST_S = 0.05
LONGEST_S = 2.0
_SLOWER = 1.5
# Many keys are asked for less often: the database has others to serve.
_KEYS_PER_S = 20_000

_NOT_SHARED = frozenset((Reason.CACHE_OFF, Reason.NO_CACHE, Reason.SECRET))
"""Calls whose results no other execution can use, or that must not use those of others."""


class _Waiter(NamedTuple):
    name: str
    job: Job
    until: float | None


class Leasing:
    """Hands on calls that nobody else runs, and keeps those back that somebody does.

    Parameters
    ----------
    inner : Submit
        Hands calls to executors.
    notices : Notices
        Takes what is to be told.
    outcomes : Outcomes
        Takes results, and knows what runs.
    rebuilder : Rebuilder
        Asked for the results of others.
    journal : LeaseJournal
        Knows what is held, and gives it back.
    by_default : bool
        Whether calls whose task does not say so share their work.
    inside_of : str or None
        The id of the execution whose job this one runs in, "" if that is not known; None: in no job.
    """

    def __init__(
        self,
        inner: Submit,
        notices: Notices,
        outcomes: Outcomes,
        *,
        rebuilder: Rebuilder,
        journal: LeaseJournal,
        by_default: bool,
        inside_of: str | None = None,
    ) -> None:
        self._inner = inner
        self._rebuilder = rebuilder
        self._journal = journal
        self._leases: Leases = journal.leases
        self._notices = notices
        self._outcomes = outcomes
        self._by_default = by_default
        self._inside_of = inside_of
        self._unclaimed: list[tuple[str, Job]] = []
        self._waiters: dict[bytes, list[_Waiter]] = {}
        self._pause = FIRST_S
        self._next = 0.0

    def submit(self, name: str, jobs: Sequence[Job]) -> None:
        """Take calls for the executor of a name."""
        alone = []
        for job in jobs:
            if self._is_shared(job):
                self._unclaimed.append((name, job))
            else:
                alone.append(job)
        if alone:
            self._inner.submit(name, alone)

    def hand_over(self) -> None:
        """Claim what came in, and give executors what nobody else runs."""
        if self._unclaimed:
            calls, self._unclaimed = self._unclaimed, []
            self._claim(calls)
        self._inner.hand_over()

    def take_in(self, arrived: Completion | Demand) -> None:
        """Take what an executor delivers."""
        self._inner.take_in(arrived)

    @property
    def waiting(self) -> int:
        """How many calls wait for units; those that wait for others' work move by themselves."""
        return self._inner.waiting

    def fail_waiting(self) -> bool:
        """Fail the call that waits longest for units, as nothing moves any more; False if none waits."""
        return self._inner.fail_waiting()

    def wait_s(self) -> float | None:
        """Return how long may be waited for completions, None for any time."""
        waits = self._inner.wait_s()
        if not self._waiters:
            return waits
        left = max(0.0, self._next - monotonic())
        return left if waits is None else min(waits, left)

    def ring(self) -> None:
        """Do what is due."""
        self._inner.ring()
        if self._waiters and monotonic() >= self._next:
            self._look()

    def drop_waiting(self) -> None:
        """Let go of calls that no executor has been given."""
        running = self._outcomes.running
        waiting = [one.job for waiters in self._waiters.values() for one in waiters]
        # Those that have just ceased to wait, too.
        waiting += [job for _, job in self._unclaimed if job in running]
        self._waiters.clear()
        self._unclaimed.clear()
        for job in waiting:
            running.discard(job)
            self._notices.note(job, JobStatus.CANCELLED)
        before = len(running)
        self._inner.drop_waiting()
        if len(running) < before:
            self._journal.release_all_but(running)

    def cancel(self) -> None:
        """Drop what no executor has begun."""
        self.drop_waiting()
        self._inner.cancel()

    # Claims.

    def _is_shared(self, job: Job) -> bool:
        policy = job.policy
        return (
            policy.recorded
            and policy.replay
            and job.reason not in _NOT_SHARED
            and bool(policy.options.get("lease", self._by_default))
            and job.task is not root_task
        )

    def _claim(self, calls: Sequence[tuple[str, Job]]) -> None:
        journal = self._journal
        # A call of this execution may have the lease: of equal ones that share no job, each runs.
        wanted = {job.eval_hash for _, job in calls} - journal.held.keys()
        claims = self._leases.claim(journal.execution, wanted)
        ready: list[tuple[str, Job]] = []
        again: list[tuple[str, Job]] = []
        for name, job in calls:
            key = job.eval_hash
            token = claims.granted.get(key)
            if token is not None and key not in journal.held:
                journal.held[key] = job, token
                (again if key in claims.recorded else ready).append((name, job))
            elif key in claims.held:
                self._wait(name, job, claims.held[key])
            else:
                ready.append((name, job))
        self._submit(ready + self._unanswered(again))

    def _submit(self, calls: Iterable[tuple[str, Job]]) -> None:
        by_name: dict[str, list[Job]] = {}
        for name, job in calls:
            by_name.setdefault(name, []).append(job)
        for name, jobs in by_name.items():
            self._inner.submit(name, jobs)

    def _unanswered(self, calls: list[tuple[str, Job]]) -> list[tuple[str, Job]]:
        """Replay what is recorded by now; return the other calls."""
        if not calls:
            return []
        answers = self._rebuilder.look_up([job for _, job in calls])
        left = []
        for call, answer in zip(calls, answers, strict=True):
            job = call[1]
            if isinstance(answer, Reason):
                job.reason = answer
                left.append(call)
            else:
                job.reason = Reason.REPLAYED
                self._outcomes.running.discard(job)
                self._journal.release(job)
                self._outcomes.replayed(job, answer)
        return left

    # Waiting.

    def _wait(self, name: str, job: Job, holder: bytes) -> None:
        now = monotonic()
        if not self._waiters:
            self._pause, self._next = FIRST_S, now + FIRST_S
        until = None
        if self._inside_of is not None or _is_awaited(job):
            until = now if holder.hex() == self._inside_of else now + NESTED_S
        self._waiters.setdefault(job.eval_hash, []).append(_Waiter(name, job, until))
        if job not in self._outcomes.running:
            self._outcomes.running.add(job)
            job.started = time_ns() // 1000
            self._journal.unfolding(job)
        self._notices.note(job, JobStatus.PENDING, waits_for=holder.hex())

    def _look(self) -> None:
        """Look which leases have ended."""
        waiters = self._waiters
        held = self._leases.held(waiters.keys())
        free = [waiter for key in waiters.keys() - held.keys() for waiter in waiters.pop(key)]
        now = monotonic()
        for key in held:
            impatient = [one for one in waiters[key] if one.until is not None and one.until <= now]
            if impatient:
                waiters[key] = [one for one in waiters[key] if one not in impatient]
                if not waiters[key]:
                    del waiters[key]
                self._submit((one.name, one.job) for one in impatient)
        self._unclaimed += self._unanswered([(waiter.name, waiter.job) for waiter in free])
        self._pause = FIRST_S if free else min(LONGEST_S, self._pause * _SLOWER)
        self._next = now + max(self._pause, len(waiters) / _KEYS_PER_S)


def _is_awaited(job: Job) -> bool:
    """Tell whether a body that still runs made the call, directly or not."""
    owner = job.owner
    while owner is not None:
        if not owner.body_done:
            return True
        owner = owner.owner
    return False
