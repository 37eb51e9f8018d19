"""Graph reduction: moves cells as their parts arrive.

Floor: scheduler. Everything here is a step on an explicit work list: no depth of nesting, chaining or recursion of a
workflow becomes depth of the Python stack.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from redun.errors import RecorderError
from redun.expression.operators import apply_operator
from redun.scheduler.cells import (
    DONE,
    FAILED,
    PENDING,
    TAIL,
    Cell,
    FormCell,
    GatherCell,
    Job,
    OperationCell,
    WatchCell,
)
from redun.scheduler.failure import Fault
from redun.scheduler.forms import LAST, Settled, Traced
from redun.scheduler.parts import Parts, picked
from redun.scheduler.policies import settle_policy
from redun.scheduler.resuming import Ended, resume
from redun.scheduler.tracing import trace
from redun.scheduler.unfolding import Unfolding
from redun.scheduler.whereabouts import tell_operation
from redun.value.nested import lazies

if TYPE_CHECKING:
    from redun.expression.base import TaskExpression
    from redun.scheduler.handles import Handles
    from redun.scheduler.journal import Journal
    from redun.secrets.vault import Vault
    from redun.task.context import Context

__all__ = ["Reduction"]


class Reduction:
    """The cells of one execution.

    Parameters
    ----------
    on_reduced : callable
        Told of a job whose body's result is fully evaluated: `(job, value, value_hash or None)`. It settles the job.
    on_rejected : callable
        Told of a job that failed.
    reload : callable
        From the hash and payload format of a large value that was dropped to the value, read from the record.

    Attributes
    ----------
    execution_id : str
        32 hex digits, told to bodies that ask for it.
    replay : bool
        Results of earlier executions may be used.
    threads : dict of str to Job
        What `fork_thread` has begun.
    handles : Handles or None
        Told of calls as they are made, once there may be handles.
    todo : deque of Cell
        Cells that can take a step.
    calls : deque of Job
        Calls whose arguments are concrete and about which nothing is decided yet.
    context : Context or None
        What calls without a caller inherit; None for the empty one.
    journal : Journal or None
        Takes what special forms have to record.
    vault : Vault or None
        Knows the secrets, once there may be some.
    """

    def __init__(
        self,
        on_reduced: Callable[[Job, Any, bytes | None], None],
        on_rejected: Callable[[Job, Fault], None],
        reload: Callable[[bytes, int], Any],
    ) -> None:
        self.execution_id = ""
        self.replay = True
        self.threads: dict[str, Job] = {}
        self.handles: Handles | None = None
        self.todo: deque[Cell] = deque()
        self.calls: deque[Job] = deque()
        self.context: Context | None = None
        self.journal: Journal | None = None
        self.vault: Vault | None = None
        self._on_reduced = on_reduced
        self._on_rejected = on_rejected
        self._parts = Parts(reload)
        self._unfolding = Unfolding(self)

    def evaluate(self, template: Any, owner: Job | None = None) -> GatherCell:
        """Return a cell for a nested value."""
        cell = GatherCell(self, owner)
        cell.template = template
        self.todo.append(cell)
        return cell

    def watch(self, template: Any, owner: Job | None, told: Callable[[GatherCell], None]) -> WatchCell:
        """Evaluate a nested value and tell a function of the cell that has its value or its fault."""
        watch = WatchCell(self, owner, told)
        watch.awaited = cell = self.evaluate(template, owner)
        cell.waiters = [watch]
        watch.remaining = 1
        return watch

    def begin(self, call: TaskExpression, owner: Job | None) -> Job:
        """Begin one call of a task, whoever may want its value, and return its job."""
        job = self._unfolding.cell(call, owner)
        assert isinstance(job, Job)
        return job

    def unfold(self, limit: int) -> None:
        """Take steps until there are none, or enough calls are known."""
        todo, calls = self.todo, self.calls
        while todo and len(calls) < limit:
            cell = todo.popleft()
            if cell.state == PENDING:
                self._advance(cell)

    def body_returned(self, job: Job, value: Any, value_hash: bytes, *, lazy: bool) -> None:
        """Take what a job's body returned and evaluate it further if it is lazy."""
        job.body_done = True
        if lazy:
            job.template = value
            job.leaves = None
            self.todo.append(job)
        else:
            self._on_reduced(job, value, value_hash)

    def join(self, job: Job, other: Job) -> None:
        """Let a call share the job of an equal one."""
        job.joined = other
        job.values = job.arg_hashes = job.flows = None
        other.readers += 1
        if other.state == PENDING:
            _wait(other, job)
            job.remaining = 1
        elif other.fault is not None:
            self.reject(job, other.fault)
        else:
            self._adopt(job)

    def settle(self, cell: Cell, value: Any, value_hash: bytes | None, sources: tuple[bytes, ...]) -> None:
        """Give a cell its final value and wake who waits for it."""
        cell.state = DONE
        cell.value = value
        cell.value_hash = value_hash
        cell.sources = sources
        cell.template = cell.leaves = None
        if cell.stored is not None and isinstance(cell, Job):
            self._parts.drop(cell)
        waiters = cell.waiters
        if waiters is not None:
            cell.waiters = None
            todo = self.todo
            for waiter in waiters:
                waiter.remaining -= 1
                if waiter.remaining == 0 and waiter.state == PENDING:
                    todo.append(waiter)

    def reject(self, cell: Cell, fault: Fault) -> None:
        """Fail a cell and what depends on it; what does not depend on it is not touched."""
        stack = [cell]
        while stack:
            failed = stack.pop()
            if failed.state != PENDING:
                continue
            failed.state = FAILED
            failed.fault = fault
            failed.template = failed.leaves = None
            if failed.parts:
                self._parts.release(failed)
            waiters, failed.waiters = failed.waiters, None
            for waiter in waiters or ():
                waiter.remaining -= 1
                handles = isinstance(waiter, FormCell) and not waiter.returned
                patient = isinstance(waiter, GatherCell) and waiter.patient
                if not handles and not patient:
                    stack.append(waiter)
                elif waiter.remaining == 0:
                    self.todo.append(waiter)
            if isinstance(failed, Job):
                if failed.joined is not None:
                    failed.call_hash, failed.tasks = failed.joined.call_hash, failed.joined.tasks
                    failed.context_used = failed.joined.context_used
                self._on_rejected(failed, fault)

    # One step of one cell.

    def _advance(self, cell: Cell) -> None:
        try:
            self._step(cell)
        except Exception as error:
            if cell.state != PENDING or isinstance(error, RecorderError):
                raise
            # Parts may not fit together (a list does not go into a set), or a form gets what it cannot take.
            self.reject(cell, Fault(error, "error", _place(cell)))

    def _step(self, cell: Cell) -> None:
        if isinstance(cell, Job):
            if cell.joined is not None:
                self._adopt(cell)
            elif self._gathered(cell, cell if cell.body_done else cell.owner):
                if cell.body_done:
                    value, value_hash, _sources = self._parts.take(cell)
                    self._on_reduced(cell, value, value_hash)
                else:
                    self._parts.take_arguments(cell)
                    if cell.policy.pending is not None:
                        settle_policy(cell)
                    self.calls.append(cell)
        elif isinstance(cell, FormCell):
            self._step_form(cell)
        elif self._gathered(cell, cell.owner):
            errors = [part.fault.error for part in cell.parts or () if part.fault is not None]
            if isinstance(cell, OperationCell) and not cell.applied:
                self._operate(cell)
                return
            if isinstance(cell, GatherCell):
                cell.items = self._parts.items(cell)
            value, value_hash, sources = self._parts.take(cell)
            if isinstance(cell, GatherCell) and cell.patient:
                self.settle(cell, (value, errors), None, sources)
            else:
                self.settle(cell, value, value_hash, sources)

    def _operate(self, cell: OperationCell) -> None:
        one = None
        if cell.name == "getitem" and cell.parts:
            one = picked(cell.template[0], cell.parts)
        lazy = cell.template
        (args, kwargs), _hash, sources = self._parts.take(cell)
        if one is not None:
            sources = one
        try:
            result = apply_operator(cell.name, args, kwargs)
        except Exception as error:
            tell_operation(error, cell.name, *lazy)
            raise
        cell.applied = True
        if not lazies(result):
            self.settle(cell, result, None, sources)
            return
        # A call of a task, or an item that is an expression: evaluated like any other.
        cell.template = result
        cell.leaves = None
        self.todo.append(cell)

    def _adopt(self, job: Job) -> None:
        other = job.joined
        assert other is not None
        value = self._parts.read(other)
        other.readers -= 1
        self._parts.drop(other)
        job.call_hash, job.tasks, job.context_used = other.call_hash, other.tasks, other.context_used
        job.stored = other.stored
        self.settle(job, value, other.value_hash, other.sources)

    def _step_form(self, form: FormCell) -> None:
        if form.returned:
            if self._gathered(form, form.owner):
                form.items = self._parts.items(form)
                self.settle(form, *self._parts.take(form))
            return
        given, form.awaited = form.awaited, None
        if isinstance(form, WatchCell):
            assert given is not None
            form.told(given)
            self.settle(form, None, None, ())
            return
        wanted = resume(form, given)
        while isinstance(wanted, Traced):
            wanted = resume(form, given, trace(form, given, wanted))
        if isinstance(wanted, Fault):
            self.reject(form, wanted)
            return
        if isinstance(wanted, Ended):
            form.generator = None
            form.returned = True
            if wanted.value is LAST and given is not None:
                form.stored, form.items = given.stored, given.items
                self.settle(form, given.value, given.value_hash, given.sources)
                return
            form.template = wanted.value
            form.leaves = None
            self.todo.append(form)
            return
        patient = isinstance(wanted, Settled)
        cell = GatherCell(self, form.owner, patient=patient)
        cell.template = wanted.template if isinstance(wanted, Settled) else wanted
        cell.waiters = [form]
        form.awaited = cell
        form.remaining = 1
        self.todo.append(cell)

    # Parts.

    def _gathered(self, cell: Cell, owner: Job | None) -> bool:
        # The first visit finds and starts the parts; a later one comes when all have arrived.
        if cell.leaves is not None:
            return True
        leaves = cell.leaves = lazies(cell.template)
        cell_of = self._unfolding.cell
        parts = cell.parts = [cell_of(leaf, owner) for leaf in leaves]
        if leaves and leaves[0] is cell.template:
            cell.template, cell.leaves = TAIL, [TAIL]
        remaining = 0
        patient = isinstance(cell, GatherCell) and cell.patient
        fault: Fault | None = None
        for part in parts:
            part.readers += 1
            if part.state == PENDING:
                _wait(part, cell)
                remaining += 1
            elif part.state == FAILED and not patient and fault is None:
                fault = part.fault
        cell.remaining = remaining
        if fault is not None:
            self.reject(cell, fault)
            return False
        return remaining == 0


def _place(cell: Cell) -> Job | None:
    return cell if isinstance(cell, Job) and cell.body_done else cell.owner


def _wait(part: Cell, waiter: Cell) -> None:
    if part.waiters is None:
        part.waiters = [waiter]
    else:
        part.waiters.append(waiter)
