"""How calls come out: replayed, returned by an executor, reduced to a value, failed.

Floor: scheduler. Each outcome goes three ways: to the journal, to those who watch, and to whatever waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from time import time_ns
from typing import TYPE_CHECKING, Any

from redun.errors import ExecutionInterrupted, JobCancelledError
from redun.recorder.batch import JobStatus, ValueFlag
from redun.scheduler.cells import Job
from redun.scheduler.control import root_task
from redun.scheduler.demands import Demands
from redun.scheduler.failure import Fault, tail_of_stderr
from redun.scheduler.reduction import Reduction
from redun.scheduler.results import as_exception, check_nout, let_go_arguments, stored_format, too_large
from redun.scheduler.toll import Toll
from redun.tags import encode_tags
from redun.value.seal import seal
from redun.value.traceback_text import user_traceback

if TYPE_CHECKING:
    from redun.executors.base import Completion, Demand
    from redun.rebuilder.reuse import Replay
    from redun.scheduler.handles import Handles
    from redun.scheduler.interruption import Interruption
    from redun.scheduler.journal import Journal
    from redun.scheduler.notices import Notices
    from redun.secrets.vault import Vault

__all__ = ["Outcomes"]

_EXTERNAL = int(ValueFlag.EXTERNAL)


class Outcomes:
    """Takes what becomes of the calls of one execution.

    Parameters
    ----------
    journal : Journal or None
        Takes what is to be recorded; None in a dry run.
    notices : Notices
        Takes what is to be told.
    interruption : Interruption
        Whether to stop.
    reload : callable
        From the hash and the payload format of a large value to the value, read from the record.
    handles : Handles
        Told of results that may hold some.

    Attributes
    ----------
    reduction : Reduction
        The cells that wait for outcomes.
    demands : Demands
        What bodies that run wait for.
    running : set of Job
        Calls that were handed over and have not come back; those that wait for units or another attempt, too.
    toll : Toll
        What failures cost.
    root_failed : bool
        The execution failed, and calls that are known are to be finished and no new ones begun.
    vault : Vault or None
        Knows the secrets, once there may be some.
    """

    def __init__(
        self,
        journal: Journal | None,
        notices: Notices,
        interruption: Interruption,
        reload: Callable[[bytes, int], Any],
        handles: Handles,
    ) -> None:
        self._journal = journal
        self._handles = handles
        self._notices = notices
        self._interruption = interruption
        self.reduction = Reduction(self.reduced, self._rejected, reload)
        self.demands = Demands(self.reduction)
        self.reduction.journal = journal
        self.running: set[Job] = set()
        self.toll = Toll(notices.job_id)
        self.root_failed = False
        self.vault: Vault | None = None

    @property
    def winding_up(self) -> bool:
        """Calls are to be finished and no new ones begun."""
        return self.root_failed or bool(self._interruption)

    def replayed(self, job: Job, replay: Replay) -> None:
        """Take an earlier result in the place of a run."""
        job.status = JobStatus.CACHED
        job.started = time_ns() // 1000
        job.stored = replay.stored
        if replay.lazy and replay.call is None and self.winding_up:
            return
        self._notices.note(job, JobStatus.CACHED)
        call = replay.call
        if call is not None:
            job.call_hash = call.call_hash
            job.context_used = job.guard in call.tasks
            job.tasks = call.tasks - {job.guard}
            job.body_done = True
            if self._journal is not None:
                self._journal.state(job)
            self._settle(job, replay.value, replay.value_hash)
            return
        if replay.lazy:
            if self._journal is not None:
                self._journal.unfolding(job)
            value = replay.value
            if job.task is root_task and job.values is not None:
                # What is on record may stem from an equal expression in which other parts are one and the same.
                value = job.values[0].eval()
            let_go_arguments(job)
            self.reduction.body_returned(job, value, replay.value_hash, lazy=True)
            return
        job.body_done = True
        self.reduced(job, replay.value, replay.value_hash, known=True)

    def completed(self, completion: Completion) -> None:
        """Take what an executor delivers."""
        job = completion.work
        assert isinstance(job, Job)
        if job not in self.running:
            return
        if completion.started:
            job.started = completion.started
            job.duration = max(0, completion.ended - completion.started)
        if completion.outputs and self._journal is not None:
            self._journal.outputs(job, completion.outputs)
        if completion.tags and self._journal is not None:
            self._journal.tag_job(job, encode_tags(f"The executor of {job.task.fullname}", completion.tags))
        sealed = completion.sealed
        if sealed is None:
            error = completion.error or JobCancelledError("The job was cancelled before it began.")
            self.failed(job, error, completion.cause, tail_of_stderr(completion.outputs))
            return
        assert self._journal is not None
        refusal = too_large(job, sealed, self._journal.max_value_size)
        if refusal is not None:
            self.failed(job, refusal, "error")
            return
        if self.vault is not None:
            try:
                sealed = self.vault.screened(sealed, job)
            except Exception as error:
                self.failed(job, error, "error")
                return
        self.running.discard(job)
        if job.task.runs_async:
            self.demands.ended(job)
        self._journal.returned(job, sealed)
        if sealed.flags & _EXTERNAL:
            self._handles.returned(sealed.value, self._journal)
        job.stored = stored_format(job, sealed)
        if sealed.lazy:
            if job.shallow:
                # Should it make no call, its final value does not follow from what the body returned all the same.
                job.tasks = frozenset((job.task.digest,))
            if self.winding_up:
                # Its result is kept for the next execution; unfolding it would start new work.
                self._journal.state(job)
                return
            let_go_arguments(job)
        self.reduction.body_returned(job, sealed.value, sealed.hash, lazy=sealed.lazy)

    def failed(self, job: Job, error: BaseException, cause: str, stderr: str = "") -> None:
        """Take the failure of a job's own body, or of its executor."""
        self.running.discard(job)
        fault = self.demands.ended(job, error) if job.task.runs_async else None
        if not isinstance(error, Exception):
            error = as_exception(error)
        if isinstance(error, ExecutionInterrupted) and self._interruption:
            # It was passed on to an execution inside of the job.
            cause = "cancelled"
        self.reduction.reject(job, fault or Fault(error, cause, job, stderr))

    def given_up(self, job: Job) -> None:
        """Note that an attempt at a job is not waited for any more."""
        self._interruption.given_up[job.number] += 1

    def demanded(self, demand: Demand) -> None:
        """Take what the body of an async task awaits."""
        self.demands.take(demand, self.running, ending=self.winding_up)

    def reduced(self, job: Job, value: Any, value_hash: bytes | None, *, known: bool = False) -> None:
        """Take the concrete value of a job, once all that its body asked for is evaluated."""
        try:
            check_nout(job, value)
            if value_hash is None:
                sealed = seal(value)
                if self.vault is not None:
                    sealed = self.vault.screened(sealed, job)
                value_hash = sealed.hash
                job.stored = None
                if self._journal is not None:
                    refusal = too_large(job, sealed, self._journal.max_value_size)
                    if refusal is not None:
                        raise refusal
                    job.stored = stored_format(job, sealed)
                    self._journal.reduced(job, sealed)
        except Exception as error:
            self.reduction.reject(job, Fault(error, "error", job))
            return
        replayed = job.status is JobStatus.CACHED
        if not replayed:
            job.status = JobStatus.DONE
        if self._journal is not None:
            self._journal.finished(job, value_hash, known=known)
        if not replayed:
            self._notices.note(job, JobStatus.DONE)
        self._settle(job, value, value_hash)

    def _settle(self, job: Job, value: Any, value_hash: bytes) -> None:
        job.values = job.arg_hashes = job.flows = job.children = None
        sources = (job.call_hash,) if job.call_hash is not None else ()
        # Who takes a value that has a hash relies on its being recorded.
        self.reduction.settle(job, value, value_hash if job.policy.recorded else None, sources)

    def _rejected(self, job: Job, fault: Fault) -> None:
        if job.joined is not None:
            return
        self.toll.count(job, fault)
        if not job.number:
            return
        self.running.discard(job)
        cancelled = fault.cause == "cancelled"
        replayed = job.status is JobStatus.CACHED
        job.status = JobStatus.CANCELLED if cancelled else JobStatus.FAILED
        if self._journal is not None:
            if cancelled:
                self._journal.state(job)
            else:
                self._journal.failed(job, fault.error, user_traceback(fault.error))
        self._notices.note(job, job.status, fault.error, replayed=replayed)
