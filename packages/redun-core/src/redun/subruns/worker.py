"""The task that runs a scheduler inside of a job.

Floor: composition.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs

from redun.config import Config, load_config
from redun.executors.remote.offered import import_known
from redun.expression import QuotedExpression
from redun.hashing.digest import digest
from redun.hashing.keys import CHANCE
from redun.scheduler.control import root_task
from redun.scheduler.root import root_call
from redun.session import make_scheduler
from redun.subruns.outcome import Outcome
from redun.subruns.parcel import Parcel
from redun.task import task
from redun.task.job_info import JobInfo
from redun.task.registry import get_task_registry

__all__ = ["Settings", "subrun_root_task"]


@attrs.frozen(repr=False)
class Settings:
    """How a scheduler inside of a job is set up; nothing here changes what the value is.

    The configuration may hold passwords: it travels with the job, and is neither recorded nor shown nor hashed.

    Attributes
    ----------
    config : dict of dicts, or None
        The configuration, by section.
    configdir : str or None
        The folder that it refers to; or, without `config`, where `redun.ini` is read where the job runs.
    modules : tuple of str
        Imported first, as far as they are there.
    required_modules : tuple of str
        Imported first.
    exports : mapping or None
        Options that all calls inherit.
    cache : bool
        Results of earlier executions may be used.
    recorded : bool
        The execution is recorded.
    secrets : tuple
        What the execution around keeps secret.
    """

    config: Mapping[str, Mapping[str, Any]] | None
    configdir: str | None
    modules: tuple[str, ...] = ()
    required_modules: tuple[str, ...] = ()
    exports: Mapping[str, Any] | None = None
    cache: bool = True
    recorded: bool = True
    secrets: tuple[Any, ...] = ()

    __redun_unrecorded__ = True

    def __redun_digest__(self) -> bytes:
        return digest(b"settings")

    def __repr__(self) -> str:
        return "<settings>"

    def read(self) -> Config:
        """Return the configuration, where the job runs."""
        if self.config is None:
            assert self.configdir is not None
            return load_config(self.configdir)
        # On another machine there may be no such folder.
        here = self.configdir if self.configdir is not None and Path(self.configdir).is_dir() else None
        return Config(self.config, configdir=here or ("." if self.configdir is not None else None))


@task(namespace="redun", version="1", config_args=["settings"])
def subrun_root_task(
    parcel: Parcel,
    context: Mapping[str, Any],
    settings: Settings,
    job: JobInfo = JobInfo(),
) -> Outcome:
    """Evaluate an expression with a scheduler of its own, in an execution of its own."""
    for name in settings.required_modules:
        import_module(name)
    import_known(settings.modules)
    expr = parcel.open()
    if settings.exports:
        expr = root_task.export_options(**settings.exports)(QuotedExpression(expr))
    call = root_call(expr)
    execution_id = uuid.uuid4().hex
    with make_scheduler(settings.read()) as scheduler:
        scheduler.inside_of = job.job_id
        scheduler.keep_secret(settings.secrets)
        value = scheduler.run(
            call,
            cache=settings.cache,
            context=context,
            execution_id=execution_id,
            prov=settings.recorded,
            tags=[("redun.parent_job", job.job_id)] if settings.recorded else (),
        )
    # Guards of contexts are left out: the context is part of the key of this call.
    return Outcome(value, scheduler.used_tasks & {*get_task_registry().digests(), CHANCE}, execution_id)
