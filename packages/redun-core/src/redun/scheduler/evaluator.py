"""The evaluator: waves of reduction, reuse, submission and completion.

Floor: scheduler. It runs in the caller's thread and is handed its collaborators: it knows no database, no plugin host
and no particular executor. Nothing here ever looks at all jobs, so the cost of a job does not grow with the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import attrs

from redun.errors import DryRunResult, ExecutionInterrupted, SchedulerError
from redun.file.together import looked_at_together
from redun.recorder.batch import Reason
from redun.scheduler.cells import DONE, FAILED, PENDING, Job
from redun.scheduler.cycles import find_stop
from redun.scheduler.failure import Fault
from redun.scheduler.interruption import Interruption
from redun.scheduler.letting_go import let_go_cells
from redun.scheduler.notices import Notices
from redun.scheduler.outcomes import Outcomes
from redun.scheduler.remembering import Remembering
from redun.scheduler.settings import Settings
from redun.scheduler.sharing import Keys, Sharing
from redun.scheduler.submission import Rehearsal, Submission, Submit

if TYPE_CHECKING:
    from redun.executors.base import Executor, Inbox
    from redun.expression.base import TaskExpression
    from redun.rebuilder.reuse import Rebuilder, Replay
    from redun.scheduler.events import Transition
    from redun.scheduler.handles import Handles
    from redun.scheduler.journal import Journal
    from redun.scheduler.toll import Toll
    from redun.secrets.vault import Vault
    from redun.task.context import Context
    from redun.task.rules import Causes

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
        Takes what is to be recorded; None in a dry run, which runs nothing.
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
    explain : callable, optional
        From a job to the words for why it would run; asked in a dry run only.
    replay : bool
        False: results of earlier executions are not used.
    settings : Settings
        Limits, and options that apply where a task says nothing else.
    keep_going : Causes or None
        The failures after which everything that does not depend on them is still run.
    context : Context, optional
        What the root call inherits.
    interruption : Interruption, optional
        Asked whether to stop. Whoever fills it in wakes the inbox.
    execution_id : str
        32 hex digits.
    handles : Handles
        Follows the handles in arguments and results.
    vault : Vault, optional
        Keeps secrets out of what is recorded and shown.
    leasing : callable, optional
        From what hands calls to executors to what keeps back those that other executions run.

    Attributes
    ----------
    fault : Fault or None
        Why the evaluation failed.
    used_tasks : frozenset of bytes
        Afterwards: hashes of the tasks that the call used, and guards of the contexts that it read.
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
        explain: Callable[[Job], str | None] | None = None,
        replay: bool = True,
        settings: Settings | None = None,
        keep_going: Causes | None = None,
        context: Context | None = None,
        interruption: Interruption | None = None,
        execution_id: str = "",
        handles: Handles,
        vault: Vault | None = None,
        leasing: Callable[[Submit, Notices, Outcomes], Submit] | None = None,
    ) -> None:
        self._handles = handles
        self._vault = vault
        self._rebuilder = rebuilder
        self._journal = journal
        self._inbox = inbox
        self._choose = choose
        self._replay = replay
        self._keep_going = keep_going
        self._notices = Notices(job_id, watch)
        self._interruption = interruption if interruption is not None else Interruption()
        self._outcomes = Outcomes(journal, self._notices, self._interruption, reload, handles)
        self._reduction = self._outcomes.reduction
        self._reduction.execution_id = execution_id
        self._reduction.replay = replay
        self._reduction.context = context
        self._rehearsal = Rehearsal(self._notices, self._outcomes, explain)
        self._submission: Submit = self._rehearsal
        if journal is not None:
            settings = settings if settings is not None else Settings()
            self._submission = Submission(executor, settings, journal, self._notices, self._outcomes, handles)
        if leasing is not None:
            self._submission = leasing(self._submission, self._notices, self._outcomes)
        self._sharing = Sharing()
        self._remembering = Remembering()
        self._number = 0
        self._cancelled = False
        self.fault: Fault | None = None
        self.used_tasks: frozenset[bytes] = frozenset()

    @property
    def toll(self) -> Toll:
        """What failures cost."""
        return self._outcomes.toll

    def evaluate(self, expr: TaskExpression) -> Any:
        """Return the concrete value of a call.

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
        outcomes = self._outcomes
        running = outcomes.running
        demands = outcomes.demands
        handles, vault = self._handles, self._vault
        try:
            while True:
                if vault is not None and reduction.vault is None and vault.used:
                    self._keep_secrets(vault)
                if not interruption:
                    if handles.used:
                        reduction.handles = handles
                    reduction.unfold(WAVE)
                    self._wave()
                outcomes.root_failed = root.state == FAILED and not self._goes_on(root.fault)
                if outcomes.root_failed:
                    self._submission.drop_waiting()
                self._submission.hand_over()
                busy = bool(reduction.todo or reduction.calls) and not interruption
                if not busy and len(running) - self._submission.waiting <= len(demands):
                    # Nothing moves by itself any more: bodies that run, if any, wait for answers.
                    stop = None if interruption else find_stop(root, demands)
                    if stop is None:
                        if not running:
                            break
                        if not self._submission.fail_waiting():
                            demands.cancel()
                        continue
                    stopped, error = stop
                    reduction.reject(stopped, Fault(error, "error", stopped.owner))
                    continue
                self._notices.tell()
                if self._journal is not None:
                    self._journal.hand_over(force=not busy or bool(running))
                self._take(wait=not busy)
                if interruption and not self._stop():
                    break
        finally:
            demands.cancel()
            self._notices.tell()
            self._sharing.clear()
            self._note_tasks(expr)
            let_go_cells(expr, reduction)
        if interruption:
            signum = interruption.signum
            raise ExecutionInterrupted(f"Stopped by signal {signum}.", signum)
        would_run = self._rehearsal.would_run
        if would_run:
            raise DryRunResult(
                f"{len(would_run)} job(s) would run, and perhaps others after them.", would_run
            )
        if root.state == DONE:
            return root.value
        if root.fault is None:
            raise SchedulerError("The evaluation came to rest without a result; this is a defect of redun.")
        self.fault = root.fault
        raise root.fault.error

    def _note_tasks(self, call: TaskExpression) -> None:
        own = frozenset((call._redun_task.digest,))
        job: Job | None = call._redun_cell
        self.used_tasks = own if job is None or job.tasks is None else own | job.tasks

    def _keep_secrets(self, vault: Vault) -> None:
        self._reduction.vault = self._outcomes.vault = vault
        if self._journal is not None:
            self._journal.vault = vault

    # Waves.

    def _wave(self) -> None:
        calls = self._reduction.calls
        if not calls:
            return
        fresh: list[Job] = []
        keys = Keys(self._remembering, self._reduction.vault)
        wave = [calls.popleft() for _ in range(min(len(calls), WAVE))]
        with looked_at_together(chain.from_iterable(job.values or () for job in wave)):
            for job in wave:
                if job.state == PENDING and self._decidable(job, keys):
                    fresh.append(job)
        if not fresh:
            return
        off: list[Replay | Reason] = [Reason.NO_CACHE] * len(fresh)
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
                self._outcomes.replayed(job, answer)
        for name, jobs in missed.items():
            self._submission.submit(name, jobs)

    def _decidable(self, job: Job, keys: Keys) -> bool:
        """Give a call its key; False when there is nothing to decide: it failed, or joins an equal one."""
        try:
            if self._reduction.handles is not None:
                self._handles.bind(job)
            keys.give(job)
        except Exception as error:
            self._reduction.reject(job, Fault(error, "error", job.owner))
            return False
        other = self._sharing.claim(job)
        if other is not job:
            self._reduction.join(job, other)
            return False
        return True

    def _redirect(self, job: Job, choose: Callable[[Job], str | None]) -> None:
        name = choose(job)
        if name is not None:
            job.policy = attrs.evolve(job.policy, executor=name)

    def _take(self, *, wait: bool) -> None:
        # No loop variable lives on while the next results are waited for: it might hold a large one.
        submission = self._submission
        for arrived in self._inbox.take(wait=wait, at_most_s=submission.wait_s()):
            submission.take_in(arrived)
        submission.ring()

    def _goes_on(self, fault: Fault | None) -> bool:
        chosen = self._keep_going
        return chosen is not None and fault is not None and chosen.include(fault.error, fault.cause)

    def _stop(self) -> bool:
        """Obey a signal; False when running jobs are not to be waited for."""
        if not self._cancelled:
            self._cancelled = True
            self._submission.cancel()
            self._outcomes.demands.cancel()
        return not self._interruption.forced
