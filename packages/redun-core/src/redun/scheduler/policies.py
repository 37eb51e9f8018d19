"""The options of a call, resolved where the call is made or once its lazy options are evaluated.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from redun.task.checks import check_names, check_options, place_of
from redun.task.options import Policy
from redun.task.registry import get_task_registry

if TYPE_CHECKING:
    from redun.scheduler.cells import Job
    from redun.task.task import Task

__all__ = ["policy_of", "settle_policy"]


def policy_of(
    task: Task[..., Any], exports: Mapping[str, Any] | None, options: Mapping[str, Any] | None
) -> Policy:
    """Return what the options of a task come to, with those exported to the call and those given with it.

    Raises
    ------
    TaskDefinitionError
        An option is unknown: it was given before it was known what plugins add.
    """
    known = get_task_registry().known_options
    if options and known is not None:
        check_names(place_of(task), options, known)
        check_names(f"{place_of(task)}, export_options", options.get("export_options") or {}, known)
    inherited = {"export_options": exports} if exports else None
    return Policy.resolve(task.get_task_options(), inherited, options)


def settle_policy(job: Job) -> None:
    """Take the evaluated options of a call from the end of its arguments: they are none, and no part of its key.

    Raises
    ------
    TaskDefinitionError
        An option has become what it cannot be.
    """
    assert job.values is not None
    assert job.arg_hashes is not None
    last = len(job.values) - 1
    layers: tuple[Mapping[str, Any] | None, ...] = job.values[last]
    job.values = job.values[:last]
    job.arg_hashes = job.arg_hashes[:last]
    job.flows = [flow for flow in job.flows or () if flow[0] != last]
    job.fresh = [position for position in job.fresh or () if position != last]
    for layer in layers:
        check_options(place_of(job.task), layer or {})
    job.policy = Policy.resolve(*layers)
