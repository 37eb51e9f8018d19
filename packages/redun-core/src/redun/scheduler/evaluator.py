"""The evaluator: waves of reduction, reuse, submission and completion.

Floor: scheduler. It runs in the caller's thread and is handed its collaborators: it knows no database, no plugin host
and no particular executor. Nothing here ever looks at all jobs, so the cost of a job does not grow with the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import time_ns
from typing import TYPE_CHECKING, Any

import attrs

from redun.errors import DryRunResult, ExecutionInterrupted, JobCancelledError, SchedulerError
from redun.recorder.batch import JobStatus, Reason
from redun.scheduler.cells import DONE, FAILED, PENDING, Job
from redun.scheduler.control import root_task
from redun.scheduler.cycles import find_cycle, waits_for_itself
from redun.scheduler.events import JobView, Transition
from redun.scheduler.failure import Fault, user_traceback
from redun.scheduler.interruption import Interruption
from redun.scheduler.reduction import Reduction
from redun.scheduler.results import as_exception, check_nout, let_go_arguments, stored_format
from redun.scheduler.sharing import Keys, Sharing
from redun.value.seal import seal

if TYPE_CHECKING:
    from redun.executors.base import Completion, Executor, Inbox
    from redun.rebuilder.reuse import Rebuilder, Replay
    from redun.scheduler.journal import Journal

__all__ = ["Evaluator"]

WAVE = 1000
"""Calls decided at once: enough to batch look-ups, few enough to record completions in between."""


class Evaluator:
    """Evaluates one expression to a concrete value.

    Parameters
    ----------
    rebuilder : Rebuilder
        Decides what is replayed.
    journal : Journal or None
        Takes what is to be recorded; None in a dry run.
    executor : callable
        From an executor's name to the executor, started.
    inbox : Inbox
        Where executors deliver.
    job_id : callable
        From a job to the id that people see.
    watch : callable, optional
        Told of transitions, in batches.
    reload : callable
        From the hash and the payload format of a large value to the value, read from the record.
    choose : callable, optional
        From a job to the name of the executor to use instead of the one it asks for, or None.
    replay : bool
        False: results of earlier executions are not used.
    keep_going : bool
        After a failure, run everything that does not depend on it.
    dryrun : bool
        Run nothing.
    interruption : Interruption, optional
        Asked whether to stop. Whoever fills it in wakes the inbox.
    """

    def __init__(
        self,
        *,
        rebuilder: Rebuilder,
        journal: Journal | None,
        executor: Callable[[str], Executor],
        inbox: Inbox,
        job_id: Callable[[Job], str],
        reload: Callable[[bytes, int], Any],
        watch: Callable[[Sequence[Transition]], None] | None = None,
        choose: Callable[[Job], str | None] | None = None,
        replay: bool = True,
        keep_going: bool = False,
        dryrun: bool = False,
        interruption: Interruption | None = None,
    ) -> None:
        self._rebuilder = rebuilder
        self._journal = journal
        self._executor = executor
        self._inbox = inbox
        self._job_id = job_id
        self._watch = watch
        self._choose = choose
        self._replay = replay
        self._keep_going = keep_going
        self._dryrun = dryrun
        self._reduction = Reduction(self._reduced, self._rejected, reload)
        self._sharing = Sharing()
        self._running: set[Job] = set()
        self._transitions: list[Transition] = []
        self._number = 0
        self._interruption = interruption if interruption is not None else Interruption()
        self._cancelled = False
        self._root_failed = False
        self._would_run: list[JobView] = []
        self.fault: Fault | None = None

    def evaluate(self, expr: Any) -> Any:
        """Return the concrete value of an expression.

        Raises
        ------
        BaseException
            What the failing task raised; `fault` then tells where.
        ExecutionInterrupted
            It was asked to stop.
        DryRunResult
            A dry run met calls that would run; its `would_run` lists them.
        """
        root = self._reduction.evaluate(expr)
        reduction = self._reduction
        interruption = self._interruption
        try:
            while True:
                if not interruption:
                    reduction.unfold(WAVE)
                    self._wave()
                self._root_failed = root.state == FAILED
                busy = bool(reduction.todo or reduction.calls) and not interruption
                if not busy and not self._running:
                    looping = None if interruption else find_cycle(root)
                    if looping is None:
                        break
                    reduction.reject(looping, Fault(waits_for_itself(looping), "error", looping.owner))
                    continue
                self._tell()
                if self._journal is not None:
                    self._journal.hand_over(force=not busy or bool(self._running))
                self._take(wait=not busy)
                if interruption and not self._stop():
                    break
        finally:
            self._tell()
            self._sharing.clear()
        if interruption:
            signum = interruption.signum
            raise ExecutionInterrupted(f"Stopped by signal {signum}.", signum)
        if self._would_run:
            count = len(self._would_run)
            raise DryRunResult(f"{count} job(s) would run, and perhaps others after them.", self._would_run)
        if root.state == DONE:
            return root.value
        if root.fault is None:
            raise SchedulerError("The evaluation came to rest without a result; this is a defect of redun.")
        self.fault = root.fault
        raise root.fault.error

    # Waves.

    def _wave(self) -> None:
        calls = self._reduction.calls
        if not calls:
            return
        fresh: list[Job] = []
        keys = Keys()
        for _ in range(min(len(calls), WAVE)):
            job = calls.popleft()
            if job.state == PENDING and self._decidable(job, keys):
                fresh.append(job)
        if not fresh:
            return
        off: list[Replay | Reason] = [Reason.CACHE_OFF] * len(fresh)
        answers = self._rebuilder.look_up(fresh) if self._replay else off
        missed: dict[str, list[Job]] = {}
        for job, answer in zip(fresh, answers, strict=True):
            self._number += 1
            job.number = self._number
            if isinstance(answer, Reason):
                job.reason = answer
                if self._choose is not None:
                    self._redirect(job, self._choose)
                missed.setdefault(job.policy.executor, []).append(job)
            else:
                self._replayed(job, answer)
        for name, jobs in missed.items():
            self._submit(name, jobs)

    def _decidable(self, job: Job, keys: Keys) -> bool:
        """Give a call its key; False when there is nothing to decide: it failed, or joins an equal one."""
        try:
            keys.give(job)
        except Exception as error:
            self._reduction.reject(job, Fault(error, "error", job.owner))
            return False
        other = self._sharing.claim(job)
        if other is not job:
            self._reduction.join(job, other)
            return False
        return True

    def _replayed(self, job: Job, replay: Replay) -> None:
        job.status = JobStatus.CACHED
        job.started = time_ns() // 1000
        job.stored = replay.stored
        if replay.lazy and replay.call is None and self._winding_up():
            return
        self._note(job, JobStatus.CACHED)
        call = replay.call
        if call is not None:
            job.call_hash, job.tasks = call.call_hash, call.tasks
            job.body_done = True
            if self._journal is not None:
                self._journal.state(job)
            self._settle(job, replay.value, replay.value_hash)
            return
        if replay.lazy:
            if self._journal is not None:
                self._journal.unfolding(job)
            let_go_arguments(job)
            self._reduction.body_returned(job, replay.value, replay.value_hash, lazy=True)
            return
        job.body_done = True
        self._reduced(job, replay.value, replay.value_hash, known=True)

    def _submit(self, name: str, jobs: list[Job]) -> None:
        if self._dryrun:
            for job in jobs:
                if job.task is root_task and job.values is not None:
                    # It only hands on what it was given.
                    self._reduction.body_returned(job, job.values[0].eval(), b"", lazy=True)
                    continue
                self._would_run.append(JobView(job, self._job_id(job), None, would_run=True))
            return
        started = time_ns() // 1000
        assert self._journal is not None
        for job in jobs:
            job.started = started
            self._note(job, JobStatus.RUNNING)
            self._journal.started(job)
        self._running.update(jobs)
        try:
            self._executor(name).submit(jobs)
        except Exception as error:
            # There is no such executor, or it does not take them: their failure, not that of the run.
            for job in jobs:
                self._failed(job, error, "error")

    def _redirect(self, job: Job, choose: Callable[[Job], str | None]) -> None:
        name = choose(job)
        if name is not None:
            job.policy = attrs.evolve(job.policy, executor=name)

    # Completions.

    def _take(self, *, wait: bool) -> None:
        # No loop variable lives on while the next results are waited for: it might hold a large one.
        for completion in self._inbox.take(wait=wait):
            self._completed(completion)

    def _completed(self, completion: Completion) -> None:
        job = completion.work
        assert isinstance(job, Job)
        if job not in self._running:
            return
        if completion.started:
            job.started = completion.started
            job.duration = max(0, completion.ended - completion.started)
        sealed = completion.sealed
        if sealed is None:
            error = completion.error or JobCancelledError("The job was cancelled before it began.")
            self._failed(job, error, completion.cause)
            return
        self._running.discard(job)
        assert self._journal is not None
        self._journal.returned(job, sealed)
        job.stored = stored_format(sealed)
        if sealed.lazy:
            if self._winding_up():
                # Its result is kept for the next execution; unfolding it would start new work.
                self._journal.state(job)
                return
            let_go_arguments(job)
        self._reduction.body_returned(job, sealed.value, sealed.hash, lazy=sealed.lazy)

    def _winding_up(self) -> bool:
        return bool(self._interruption) or (self._root_failed and not self._keep_going)

    def _failed(self, job: Job, error: BaseException, cause: str) -> None:
        self._running.discard(job)
        if not isinstance(error, Exception):
            error = as_exception(error)
        self._reduction.reject(job, Fault(error, cause, job))

    def _reduced(self, job: Job, value: Any, value_hash: bytes | None, *, known: bool = False) -> None:
        try:
            check_nout(job, value)
            if value_hash is None:
                sealed = seal(value)
                value_hash = sealed.hash
                job.stored = None
                if self._journal is not None:
                    job.stored = stored_format(sealed)
                    self._journal.value(sealed)
        except Exception as error:
            self._reduction.reject(job, Fault(error, "error", job))
            return
        replayed = job.status is JobStatus.CACHED
        if not replayed:
            job.status = JobStatus.DONE
        if self._journal is not None:
            self._journal.finished(job, value_hash, known=known)
        if not replayed:
            self._note(job, JobStatus.DONE)
        self._settle(job, value, value_hash)

    def _settle(self, job: Job, value: Any, value_hash: bytes) -> None:
        job.values = job.arg_hashes = job.flows = job.children = None
        sources = (job.call_hash,) if job.call_hash is not None else ()
        self._reduction.settle(job, value, value_hash, sources)

    def _rejected(self, job: Job, fault: Fault) -> None:
        if not job.number or job.joined is not None:
            return
        self._running.discard(job)
        cancelled = fault.cause == "cancelled"
        job.status = JobStatus.CANCELLED if cancelled else JobStatus.FAILED
        if self._journal is not None:
            if cancelled:
                self._journal.state(job)
            else:
                self._journal.failed(job, fault.error, user_traceback(fault.error))
        self._note(job, job.status, fault.error)

    # Signals and observers.

    def _stop(self) -> bool:
        """Obey a signal; False when running jobs are not to be waited for."""
        if not self._cancelled:
            self._cancelled = True
            for name in {job.policy.executor for job in self._running}:
                self._executor(name).cancel()
        return not self._interruption.forced

    def _note(self, job: Job, status: JobStatus, error: BaseException | None = None) -> None:
        if self._watch is not None:
            self._transitions.append(Transition(JobView(job, self._job_id(job), error), status))

    def _tell(self) -> None:
        if self._transitions and self._watch is not None:
            transitions, self._transitions = self._transitions, []
            self._watch(transitions)
