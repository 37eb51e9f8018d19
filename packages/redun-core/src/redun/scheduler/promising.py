"""Scheduler tasks: special forms whose body announces its value by a promise.

Floor: scheduler. A layer on the cells of special forms: the body evaluates what it likes by promises, and what it
returns becomes one cell.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from redun.errors import SchedulerError
from redun.expression.base import TaskExpression
from redun.promise import Promise
from redun.scheduler.cells import Cell, FormCell, GatherCell, Job
from redun.scheduler.failure import Fault
from redun.scheduler.forms import LAST, Effect, Held
from redun.value.nested import contains_lazy

if TYPE_CHECKING:
    from redun.config import Config
    from redun.scheduler.reduction import Reduction
    from redun.task.task import Task

__all__ = ["CallingJob", "PromisedCell", "RunningScheduler", "promised_body"]


class PromisedCell(GatherCell):
    """The value that a scheduler task has announced; its parts are what the body has had evaluated."""

    __slots__ = ("name",)

    def __init__(self, run: Reduction, owner: Job | None, name: str) -> None:
        super().__init__(run, owner)
        self.name = name
        self.parts = []

    def never_kept(self) -> SchedulerError:
        return SchedulerError(
            f"Scheduler task {self.name} returned a promise that is neither fulfilled nor rejected, though everything "
            "it had evaluated is done. Its body must call do_resolve() or do_reject(), or return what then() gives."
        )


class CallingJob:
    """The job in whose body a scheduler task was called, as the body of the scheduler task sees it."""

    __slots__ = ("_job",)

    def __init__(self, job: Job) -> None:
        self._job = job

    @property
    def task(self) -> Task[..., Any]:
        """Its task."""
        return self._job.task

    @property
    def id(self) -> str:
        """The execution's id and the job's number within it."""
        return f"{self.execution_id}.{self._job.number}"

    @property
    def execution_id(self) -> str:
        """The execution's id, 32 hex digits."""
        return self._job.run.execution_id  # type: ignore[attr-defined, no-any-return]

    @property
    def eval_hash(self) -> str:
        """Its cache key, 40 hex digits."""
        return self._job.eval_hash.hex()

    @property
    def parent_job(self) -> CallingJob | None:
        """The job that called it; None for the first one."""
        return None if self._job.owner is None else CallingJob(self._job.owner)

    def get_options(self) -> dict[str, Any]:
        """Return the options of its task that apply to it."""
        return dict(self._job.policy.options)

    def get_option(self, key: str, default: Any = None) -> Any:
        """Return one option."""
        return self._job.policy.options.get(key, default)

    def get_context(self) -> Mapping[str, Any]:
        """Return the context that it runs in."""
        context = self._job.context
        return {} if context is None else context.values


class RunningScheduler:
    """The evaluation that goes on, as the body of a scheduler task sees it."""

    __slots__ = ("_cell", "_faults", "_sources")

    def __init__(self, cell: PromisedCell) -> None:
        self._cell = cell
        self._faults: dict[int, Fault] = {}
        self._sources: dict[bytes, None] = {}

    @property
    def config(self) -> Config:
        """The configuration of the scheduler that runs."""
        from redun.scheduler.current import get_current_scheduler

        return get_current_scheduler().config

    def evaluate(self, expr: Any, parent_job: CallingJob | None = None) -> Promise[Any]:
        """Begin to evaluate an expression and return a promise of its value.

        Parameters
        ----------
        expr
            Any nested value.
        parent_job : CallingJob, optional
            The job that the calls in it belong to; by default the one that called the scheduler task.
        """
        promise: Promise[Any] = Promise()
        run: Reduction = self._cell.run  # type: ignore[assignment]
        owner = self._cell.owner if parent_job is None else parent_job._job

        def told(cell: GatherCell) -> None:
            if cell.fault is None:
                self._sources.update(dict.fromkeys(cell.sources))
                promise.do_resolve(cell.value)
            else:
                # The error may come out of the body again, and is the failure of the same call then.
                self._faults[id(cell.fault.error)] = cell.fault
                promise.do_reject(cell.fault.error)  # type: ignore[arg-type]

        watch = run.watch(expr, owner, told)
        if self._cell.parts is not None:
            self._cell.parts.append(watch)
        return promise

    def _keep(self, promise: Promise[Any]) -> None:
        promise.then(self._fulfil, self._reject)

    def _fulfil(self, value: Any) -> None:
        self._cell.parts = None
        run: Reduction = self._cell.run  # type: ignore[assignment]
        run.settle(self._cell, value, None, tuple(self._sources))

    def _reject(self, error: Exception) -> None:
        self._cell.parts = None
        run: Reduction = self._cell.run  # type: ignore[assignment]
        fault = self._faults.get(id(error)) or Fault(error, "error", self._cell.owner)
        run.reject(self._cell, fault)


@attrs.frozen
class _Begin(Effect):
    func: Callable[..., Any]
    task: Task[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def perform(self, form: FormCell) -> Cell:
        owner = form.owner
        assert owner is not None
        name = self.task.fullname
        cell = PromisedCell(form.run, owner, name)  # type: ignore[arg-type]
        scheduler = RunningScheduler(cell)
        call = TaskExpression(self.task, self.args, self.kwargs or None)
        promise = self.func(scheduler, CallingJob(owner), call, *self.args, **self.kwargs)
        if not isinstance(promise, Promise):
            raise SchedulerError(
                f"Scheduler task {name} must return a Promise, such as scheduler.evaluate(expr) gives, not "
                f"{type(promise).__qualname__}."
            )
        scheduler._keep(promise)
        return cell


def promised_body(func: Callable[..., Any], task: Callable[[], Task[..., Any]]) -> Callable[..., Any]:
    """Return the body of a special form for the body of a scheduler task; `task` gives the task itself."""

    def body(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        cell = yield _Begin(func, task(), args, kwargs)
        value = yield Held(cell)
        # A promise may be fulfilled with an expression.
        return value if contains_lazy(value) else LAST

    return body
