"""Putting together what evaluates one execution: the scheduler axis, the rebuilder axis and the record.

Floor: composition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from redun.file import validate
from redun.rebuilder.large import read_large
from redun.rebuilder.reuse import Rebuilder
from redun.scheduler.evaluator import Evaluator
from redun.scheduler.handles import Handles
from redun.session.leasing import leasing_of
from redun.task.registry import get_task_registry
from redun.value.external import externals_of

if TYPE_CHECKING:
    from redun.config import Config
    from redun.executors.started import StartedExecutors
    from redun.host.host import Host
    from redun.recorder.interface import Recorder
    from redun.scheduler.cells import Job
    from redun.scheduler.events import ExecutionView, Transition
    from redun.scheduler.interruption import Interruption
    from redun.scheduler.journal import Journal
    from redun.scheduler.settings import Settings
    from redun.secrets.vault import Vault
    from redun.task.context import Context

__all__ = ["make_evaluator", "namer"]


def namer(execution: ExecutionView) -> Callable[[Job], str]:
    """Return what gives jobs of an execution the ids that people see."""
    short = execution.short_id
    return lambda job: f"{short}.{job.number}"


def make_evaluator(
    execution: ExecutionView,
    journal: Journal | None,
    *,
    recorder: Recorder,
    started: StartedExecutors,
    host: Host,
    watch: Callable[[Sequence[Transition]], None] | None,
    settings: Settings,
    replay: bool,
    context: Context | None,
    interruption: Interruption,
    vault: Vault,
    config: Config,
    inside_of: str,
) -> Evaluator:
    """Return an evaluator for one execution; without a journal it runs nothing and explains what would run."""

    def reload(value_hash: bytes, payload_format: int) -> Any:
        if journal is not None:
            journal.settle()
        return read_large(recorder, value_hash, payload_format)

    explain = None
    if journal is None:
        from redun.host.manifest import PLUGINS_TAG, deciding_plugins
        from redun.rebuilder.explaining import Explanations

        plugins = dict(deciding_plugins(host)).get(PLUGINS_TAG, {})
        explain = Explanations(recorder, validate, externals_of, execution.task, plugins, vault.stand_in).why
    handles = Handles(recorder, validate)
    rebuilder = Rebuilder(recorder, get_task_registry().digests, handles.validate, externals_of)
    return Evaluator(
        rebuilder=rebuilder,
        handles=handles,
        journal=journal,
        executor=started.get,
        inbox=started.inbox,
        job_id=namer(execution),
        reload=reload,
        watch=watch,
        choose=host.select_executor if host.implements("redun_select_executor") else None,
        explain=explain,
        replay=replay,
        settings=settings,
        keep_going=settings.keep_going,
        context=context,
        execution_id=execution.id,
        interruption=interruption,
        vault=vault,
        leasing=leasing_of(config, journal, rebuilder, inside_of),
    )
