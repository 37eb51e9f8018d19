"""Attempts: calls that are admitted, tried again and given up by rules.

Floor: scheduler. A call whose options (or whose executor) ask for none of this never comes here.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import monotonic, time_ns
from typing import TYPE_CHECKING

import attrs

from redun.errors import JobCancelledError, JobTimeoutError, SchedulerError
from redun.executors.base import Completion
from redun.recorder.batch import JobStatus
from redun.scheduler.admission import Admission, Impossible
from redun.scheduler.attempt import Attempt, cause_of
from redun.scheduler.events import AttemptView
from redun.scheduler.handing_over import hand_over
from redun.scheduler.needs import cannot_get, needs_of, too_much
from redun.scheduler.timers import Timer, Timers
from redun.task.rules import Rules, for_attempt

if TYPE_CHECKING:
    from redun.executors.base import Demand, Executor
    from redun.scheduler.cells import Job
    from redun.scheduler.handles import Handles
    from redun.scheduler.journal import Journal
    from redun.scheduler.notices import Notices
    from redun.scheduler.outcomes import Outcomes
    from redun.scheduler.settings import Settings
    from redun.task.options import Policy

__all__ = ["Attempts"]


class Attempts:
    """Hands over calls as soon as what they need is free, and again where their rules say so.

    Parameters
    ----------
    executor : callable
        From an executor's name to the executor, started.
    settings : Settings
        Capacities of limits, and options that apply where a task says nothing else.
    journal : Journal
        Takes what is to be recorded.
    notices : Notices
        Takes what is to be told.
    outcomes : Outcomes
        Takes what comes back.
    handles : Handles
        Told of calls that are about to run.
    """

    def __init__(
        self,
        executor: Callable[[str], Executor],
        settings: Settings,
        journal: Journal,
        notices: Notices,
        outcomes: Outcomes,
        handles: Handles,
    ) -> None:
        self._executor = executor
        self._handles = handles
        self._options = settings.options
        self._journal = journal
        self._notices = notices
        self._outcomes = outcomes
        self._admission: Admission[Attempt] = Admission(settings.limits)
        self.timers = Timers(monotonic)
        self._live: dict[Job, Attempt] = {}
        self._delayed: dict[Job, Timer] = {}
        self._ready: deque[Attempt] = deque()

    def begin(self, name: str, jobs: Sequence[Job], capacities: Mapping[str, float] | None) -> None:
        """Take calls for the executor of a name, which may have capacities of its own."""
        self._outcomes.running.update(jobs)
        for resource, capacity in (capacities or {}).items():
            self._admission.declare((name, resource), capacity)
        for job in jobs:
            self._try(job, 1, job.policy, name, capacities)
        self.hand_over()

    def hand_over(self) -> None:
        """Give executors what is ready."""
        # What cannot be handed over gives its units back, and others become ready: no recursion for that.
        while self._ready:
            ready, self._ready = self._ready, deque()
            by_name: dict[str, list[Attempt]] = {}
            for attempt in ready:
                self._note_start(attempt)
                by_name.setdefault(attempt.executor, []).append(attempt)
            if self._handles.used:
                self._handles.begin([attempt.job for attempt in ready], self._journal)
            for name, attempts in by_name.items():
                hand_over(self._executor, name, attempts, self._not_taken)

    @property
    def waiting(self) -> int:
        """How many calls wait for units."""
        return self._admission.waiting

    def take_in(self, arrived: Completion | Demand) -> None:
        """Take what an executor delivers; what comes too late is dropped."""
        attempt = arrived.work
        assert isinstance(attempt, Attempt)
        if self._live.get(attempt.job) is attempt:
            if isinstance(arrived, Completion):
                self._came_back(attempt, arrived)
            else:
                self._outcomes.demanded(arrived)
        elif not isinstance(arrived, Completion) and not arrived.withdrawn:
            arrived.cancel(JobCancelledError(f"The call of {attempt.task.fullname} was given up."))

    def _came_back(self, attempt: Attempt, completion: Completion) -> None:
        job = attempt.job
        del self._live[job]
        if attempt.timer is not None:
            self.timers.cancel(attempt.timer)
        self._give_back(attempt)
        error = completion.error
        if error is not None:
            completion = completion._replace(cause=cause_of(error, completion.cause))
        again = error is not None and self._has_another(attempt, error, completion.cause)
        if again or attempt.number > 1:
            self._journal.attempt(job, attempt.number, completion)
        if again:
            assert error is not None
            self._outcomes.demands.ended(job)
            self._delay(attempt, error)
        else:
            self._outcomes.completed(completion._replace(work=job))

    def fail_waiting(self) -> bool:
        """Fail the call that waits longest for units, as nothing moves any more; False if none waits."""
        waiting = self._admission.drop()
        if not waiting:
            return False
        first, *others = waiting
        del self._live[first.job]
        self._cannot(first.job, first.number, cannot_get(first.job.task.fullname))
        for attempt in others:
            attempt.request = self._admission.ask(
                attempt, needs_of(attempt.policy.options, attempt.executor, attempt.capacities)
            )
            if attempt.request is not None:
                self._ready.append(attempt)
        return True

    def drop_waiting(self) -> None:
        """Let go of calls that wait for units or for their next attempt."""
        if not self._live and not self._delayed:
            return
        waiting = self._admission.drop()
        waiting += self._ready
        self._ready.clear()
        for attempt in waiting:
            self._give_back(attempt)
            del self._live[attempt.job]
            self._let_go(attempt.job)
        delayed, self._delayed = self._delayed, {}
        for job, timer in delayed.items():
            self.timers.cancel(timer)
            self._let_go(job)

    def executors(self) -> set[str]:
        """Return the names of the executors that run attempts."""
        return {attempt.executor for attempt in self._live.values() if attempt.handed_s is not None}

    # One attempt.

    def _try(
        self, job: Job, number: int, base: Policy, name: str, capacities: Mapping[str, float] | None
    ) -> None:
        try:
            attempt = self._attempt(job, number, base, name, capacities)
            needs = needs_of(attempt.policy.options, name, capacities)
        except Exception as error:
            self._cannot(job, number, error)
            return
        self._live[job] = attempt
        if needs:
            try:
                attempt.request = self._admission.ask(attempt, needs)
            except Impossible as error:
                del self._live[job]
                self._cannot(job, number, too_much(job.task.fullname, error, capacities))
                return
            if attempt.request is None:
                self._notices.note(
                    job, JobStatus.PENDING, attempt=AttemptView(number, attempt.rules.retries + 1)
                )
                return
        self._ready.append(attempt)

    def _attempt(
        self, job: Job, number: int, base: Policy, name: str, capacities: Mapping[str, float] | None
    ) -> Attempt:
        options = for_attempt(base.options, number)
        if options is not base.options:
            # Whoever asks the job for its options means those of the present attempt.
            job.policy = attrs.evolve(base, options=options)
        try:
            rules = Rules.read({**self._options, **options})
        except ValueError as error:
            raise SchedulerError(f"Task {job.task.fullname}: {error}.") from None
        return Attempt(job, number, base, rules, name, capacities)

    def _cannot(self, job: Job, number: int, error: Exception) -> None:
        if number == 1:
            job.started = time_ns() // 1000
            self._journal.started(job)
        self._outcomes.failed(job, error, "error")

    def _not_taken(self, attempt: Attempt, error: BaseException, cause: str) -> None:
        del self._live[attempt.job]
        if attempt.timer is not None:
            self.timers.cancel(attempt.timer)
        self._give_back(attempt)
        self._outcomes.failed(attempt.job, error, cause)

    def _note_start(self, attempt: Attempt) -> None:
        job, rules = attempt.job, attempt.rules
        job.started = time_ns() // 1000
        self._notices.note(job, JobStatus.RUNNING, attempt=AttemptView(attempt.number, rules.retries + 1))
        if attempt.number == 1:
            self._journal.started(job)
        attempt.handed_s = self.timers.clock()
        if rules.timeout is not None:
            attempt.timer = self.timers.after(rules.timeout, partial(self._is_late, attempt))

    def _give_back(self, attempt: Attempt) -> None:
        request, attempt.request = attempt.request, None
        if request is not None:
            for served in self._admission.give_back(request):
                served.holder.request = served
                self._ready.append(served.holder)

    # Another attempt.

    def _has_another(self, attempt: Attempt, error: BaseException, cause: str) -> bool:
        rules = attempt.rules
        return (
            attempt.number <= rules.retries
            and rules.retry_on.include(error, cause)
            and not self._outcomes.winding_up
        )

    def _delay(self, attempt: Attempt, error: BaseException) -> None:
        job, number = attempt.job, attempt.number + 1
        seconds = attempt.rules.delay_before(number, random.random())
        of = attempt.rules.retries + 1
        self._notices.note(job, JobStatus.PENDING, error, attempt=AttemptView(attempt.number, of, seconds))
        self._delayed[job] = self.timers.after(seconds, partial(self._try_again, attempt))

    def _try_again(self, last: Attempt) -> None:
        del self._delayed[last.job]
        self._try(last.job, last.number + 1, last.base, last.executor, last.capacities)

    def _let_go(self, job: Job) -> None:
        self._outcomes.running.discard(job)
        self._notices.note(job, JobStatus.CANCELLED)

    # Timeouts.

    def _is_late(self, attempt: Attempt) -> None:
        if self._live.get(attempt.job) is not attempt:
            return
        executor = self._executor(attempt.executor)
        timeout = attempt.rules.timeout
        assert timeout is not None
        began = attempt.began_s if getattr(executor, "reports_begin", False) else attempt.handed_s
        now = self.timers.clock()
        # While it waits in the executor's own queue its time does not run.
        left = timeout if began is None else began + timeout - now
        if left > 0:
            attempt.timer = self.timers.after(left, partial(self._is_late, attempt))
            return
        attempt.timer = None
        self._outcomes.given_up(attempt.job)
        abandon = getattr(executor, "abandon", None)
        if abandon is not None:
            abandon(attempt)
        error = JobTimeoutError(
            f"Task {attempt.task.fullname} took longer than its timeout of {timeout:g} s."
        )
        ended = time_ns() // 1000
        started = ended - round((now - (began or now)) * 1e6)
        self._came_back(attempt, Completion(attempt, None, error, "timeout", started, ended))
