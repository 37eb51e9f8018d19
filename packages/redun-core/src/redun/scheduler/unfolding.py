"""Unfolding: from expressions to the cells that stand for them.

Floor: scheduler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redun.expression.base import Operation, TaskExpression
from redun.scheduler.cells import Cell, FormCell, Job, OperationCell
from redun.scheduler.failure import Fault
from redun.scheduler.forms import Held
from redun.scheduler.policies import policy_of
from redun.scheduler.scopes import Scoped, change_context, in_settled_context
from redun.task.options import CONTEXT
from redun.value.nested import Lazy, lazies, shape_of

if TYPE_CHECKING:
    from redun.scheduler.reduction import Reduction
    from redun.task.task import Task

__all__ = ["Unfolding"]


class Unfolding:
    """Makes the cells of one execution: one for an expression and the job that makes its calls.

    Parameters
    ----------
    run : Reduction
        Takes the cells that can take a step, and the calls that are ready as they stand.
    """

    def __init__(self, run: Reduction) -> None:
        self._run = run
        self._elsewhere: dict[tuple[int, Job | None], tuple[Lazy, Cell]] = {}

    def cell(self, leaf: Lazy, owner: Job | None) -> Cell:
        """Return the cell that stands for a lazy value in what a job has made."""
        run = self._run
        known: Cell | None = leaf._redun_cell  # type: ignore[attr-defined]
        if known is not None and known.run is run:
            if known.owner is owner:
                return known
            # One object in the results of several calls: each makes the calls in it, and they share their jobs.
            other = self._elsewhere.get((id(leaf), owner))
            if other is not None:
                return other[1]
        if isinstance(leaf, TaskExpression):
            task = leaf._redun_task
            if task.is_form:
                cell = self._form(owner, task.func, leaf._redun_args, leaf._redun_kwargs)
            else:
                cell = self._job(leaf, task, owner)
        elif isinstance(leaf, Operation):
            cell = OperationCell(run, owner, leaf._redun_name)
            cell.template = (leaf._redun_args, leaf._redun_kwargs)
            run.todo.append(cell)
        elif isinstance(leaf, Scoped):
            cell = run.evaluate(leaf.template, leaf.scope)
        elif isinstance(leaf, Held):
            return leaf.cell
        else:
            raise TypeError(f"{type(leaf).__qualname__} cannot be evaluated")
        if known is not None and known.run is run:
            self._elsewhere[id(leaf), owner] = leaf, cell
        else:
            leaf._redun_cell = cell
        return cell

    def _form(
        self, owner: Job | None, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None
    ) -> Cell:
        form = FormCell(self._run, owner)
        form.template = (func, args, kwargs)
        self._run.todo.append(form)
        return form

    def _job(self, leaf: TaskExpression, task: Task[..., Any], owner: Job | None) -> Cell:
        run = self._run
        options = leaf._redun_options
        if options is not None and CONTEXT in options and lazies(options[CONTEXT]):
            return self._form(owner, in_settled_context, (leaf,))
        exports = owner.policy.exports if owner is not None else None
        fault: Fault | None = None
        policy = task.policy
        if options is not None or exports is not None:
            try:
                policy = policy_of(task, exports, options)
            except Exception as error:
                fault = Fault(error, "error", owner)
        job = Job(run, owner, task, policy)
        if owner is None:
            job.context = run.context
        else:
            job.context = owner.context
            if owner.children is None:
                owner.children = []
            owner.children.append(job)
        if fault is not None:
            run.reject(job, fault)
            return job
        try:
            job.names, job.template, job.positional = task.binder.bind(leaf._redun_args, leaf._redun_kwargs)
            if run.handles is not None:
                run.handles.called(job)
            if run.vault is not None:
                run.vault.made(job, leaf)
            if options is not None and CONTEXT in options:
                change_context(job, leaf, options[CONTEXT], run.vault)
        except Exception as error:
            run.reject(job, Fault(error, "error", owner))
            return job
        for item in job.template:
            if shape_of(item.__class__) is not None:
                break
        else:
            if policy.pending is None:
                # Plain arguments: the call is ready as it stands.
                job.values, job.template = job.template, None
                run.calls.append(job)
                return job
        if policy.pending is not None:
            job.template = (*job.template, policy.pending)
        run.todo.append(job)
        return job
