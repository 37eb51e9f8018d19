"""`subrun`: evaluate an expression by a scheduler of its own, inside of a job.

Floor: composition.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from redun.errors import ArgumentError
from redun.expression import QuotedExpression, TaskExpression
from redun.scheduler.cells import FormCell, Job
from redun.scheduler.current import get_current_scheduler
from redun.scheduler.forms import Effect, Traced, special_form
from redun.scheduler.scopes import Scope
from redun.session.settings import execution_context
from redun.subruns.outcome import Outcome
from redun.subruns.parcel import NamedCall, Parcel
from redun.subruns.worker import Settings, subrun_root_task
from redun.tags import encode_tags
from redun.task.registry import get_task_registry
from redun.task.task import Task
from redun.task.typed import typed
from redun.value.nested import contains_lazy

if TYPE_CHECKING:
    from redun.scheduler.reduction import Reduction

__all__ = ["send", "subrun"]

T = TypeVar("T")


@attrs.frozen
class _Surroundings:
    """What a scheduler inside takes over from the one around it."""

    context: Mapping[str, Any]
    settings: Settings


class _LookAround(Effect):
    """Find out what a scheduler inside takes over."""

    def perform(self, form: FormCell) -> _Surroundings:
        run: Reduction = form.run  # type: ignore[assignment]
        owner = _body_of(form.owner)
        owner.context_used = True
        config = get_current_scheduler().config
        settings = Settings(
            config=config.get_config_dict(),
            configdir=None if config.configdir is None else str(config.configdir),
            modules=get_task_registry().modules(),
            exports=owner.policy.exports,
            cache=run.replay,
            recorded=owner.policy.recorded,
            secrets=run.vault.redactor.known if run.vault is not None else (),
        )
        context = form.owner.context if form.owner is not None else None
        return _Surroundings(context.values if context is not None else {}, settings)


@attrs.frozen
class _TakeIn(Effect):
    """Let the calling job depend on what was used inside, and tell of the execution."""

    call: TaskExpression
    outcome: Outcome

    def perform(self, form: FormCell) -> None:
        run: Reduction = form.run  # type: ignore[assignment]
        job = run.begin(self.call, form.owner)
        own = frozenset({job.task.digest}) if job.tasks is None else job.tasks
        job.tasks = own | self.outcome.tasks
        if run.journal is not None and job.number and job.joined is None and job.policy.recorded:
            run.journal.tag_job(job, encode_tags("subrun()", [("redun.subrun", self.outcome.execution_id)]))


class _Subrun(Task[..., Any]):
    if TYPE_CHECKING:

        def __call__(
            self,
            expr: T,
            executor: str,
            config: Mapping[str, Any] | None = None,
            config_dir: str | None = None,
            new_execution: bool = False,
            load_modules: Sequence[str] | None = None,
            **task_options: Any,
        ) -> T: ...


@typed(_Subrun)
@special_form()
def subrun(
    expr: Any,
    executor: str,
    config: Mapping[str, Any] | None = None,
    config_dir: str | None = None,
    new_execution: bool = False,
    load_modules: Sequence[str] | None = None,
    **task_options: Any,
) -> Generator[Any, Any, Any]:
    """Evaluate an expression by a scheduler of its own, inside of one job on an executor.

    What the expression calls is then scheduled where that job runs, by an execution of its own: its id is the tag
    `redun.subrun` of the job, and the job's id is its tag `redun.parent_job`. Context, exported options and
    `--no-cache` are passed on. The job is cached as a whole, while the tasks that were used are unchanged.

    Parameters
    ----------
    expr
        Any nested value.
    executor : str
        Name of the executor that runs the job.
    config : mapping, optional
        The inner configuration, by section; by default that of the scheduler around.
    config_dir : str, optional
        Where the job runs: the folder whose `redun.ini` is the inner configuration.
    new_execution : bool
        Accepted and not needed: the inner execution is always one of its own.
    load_modules : sequence of str, optional
        Modules that the job imports first; by default those of all tasks that are known here, as far as they are there.
    **task_options
        Options of the job.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> from redun.scheduler import subrun
    >>> @task(version="1")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> Scheduler().run(subrun(double(double(1)), executor="default"))
    4
    """
    given = (executor, config, config_dir, load_modules)
    if contains_lazy(given):
        executor, config, config_dir, load_modules = yield given
    del new_execution
    return (yield from send(QuotedExpression(expr), executor, config, config_dir, load_modules, task_options))


def send(
    content: QuotedExpression | NamedCall,
    executor: str,
    config: Mapping[str, Any] | None,
    config_dir: str | None,
    load_modules: Sequence[str] | None,
    task_options: Mapping[str, Any],
) -> Generator[Any, Any, Any]:
    """Have a scheduler inside of a job evaluate something, as part of the body of a special form.

    Raises
    ------
    ArgumentError
        `config` and `config_dir` are both given, or modules are not given by their names.
    """
    if config is not None and config_dir is not None:
        raise ArgumentError("subrun() takes config or config_dir, not both.")
    if isinstance(load_modules, str):
        raise ArgumentError(f"subrun(load_modules=...) wants a list of names, not {load_modules!r}.")
    around = yield _LookAround()
    settings = around.settings
    if config is not None:
        settings = attrs.evolve(settings, config=config)
    elif config_dir is not None:
        settings = attrs.evolve(settings, config=None, configdir=str(config_dir))
    own = config is not None or config_dir is not None
    context = _inner_context(settings, around.context) if own else around.context
    if load_modules is not None:
        settings = attrs.evolve(settings, modules=(), required_modules=tuple(load_modules))
    call = subrun_root_task.options(executor=executor, **task_options)(Parcel(content), context, settings)
    outcome = yield call
    yield _TakeIn(call, outcome)  # type: ignore[arg-type]
    return (yield Traced(outcome.value))


def _inner_context(settings: Settings, context: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the context inside, which is part of the key of the job, as the rest of its configuration is not.

    What is configured on another machine alone cannot be known here.
    """
    if settings.config is None and not Path(settings.configdir or "").is_dir():
        return context
    inner = execution_context(settings.read(), context)
    return {} if inner is None else inner.values


def _body_of(owner: Job | None) -> Job:
    while isinstance(owner, Scope):
        owner = owner.caller
    assert owner is not None
    return owner
