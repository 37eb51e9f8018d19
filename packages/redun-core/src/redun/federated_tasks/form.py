"""`federated_task`: call an entry point of another project.

Floor: composition.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from redun.federated_tasks.entrypoints import find_entrypoint
from redun.scheduler.current import get_current_scheduler
from redun.scheduler.forms import special_form
from redun.subruns.form import send
from redun.subruns.parcel import NamedCall
from redun.value.nested import contains_lazy

__all__ = ["federated_task"]


@special_form()
def federated_task(entrypoint: str, *task_args: Any, **task_kwargs: Any) -> Generator[Any, Any, Any]:
    """Call a task that is known by its entry point alone, by a scheduler of its own where its code is.

    Its project caches what it calls; here it is called once per execution, since whether its code is unchanged is not
    known here.

    Parameters
    ----------
    entrypoint : str
        Name of a section `[federated_tasks.NAME]`.
    *task_args, **task_kwargs
        Arguments of the task; they are evaluated first.

    Examples
    --------
    Usually the other project publishes the section in its `redun.ini`, and `federated_configs` names that.

    >>> import tempfile
    >>> from redun import Scheduler, federated_task, task
    >>> @task(namespace="docs", name="align")
    ... def align(reads: list[str], threads: int = 1) -> str:
    ...     return f"{len(reads)} reads aligned by {threads}"
    >>> entrypoint = {
    ...     "namespace": "docs",
    ...     "task_name": "align",
    ...     "load_module": "redun",
    ...     "executor": "default",
    ...     "config_dir": tempfile.mkdtemp(),
    ... }
    >>> Scheduler({"federated_tasks.align": entrypoint}).run(federated_task("align", ["ACGT"], threads=4))
    '1 reads aligned by 4'
    """
    if contains_lazy((entrypoint, task_args, task_kwargs)):
        entrypoint, task_args, task_kwargs = yield entrypoint, task_args, task_kwargs
    scheduler = get_current_scheduler()
    found = find_entrypoint(scheduler.config, entrypoint)
    found.provide_executor(scheduler)
    call = NamedCall(found.fullname, task_args, task_kwargs)
    options = {"cache_scope": "CSE", **found.options}
    return (yield from send(call, found.executor, None, found.config_dir, [found.load_module], options))
