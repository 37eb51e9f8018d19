"""`redun launch` without `--wait`: the command goes on when this process has ended.

Floor: command line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs
from redun.errors import ExecutorError

from redun_cli.run.execution import check_option_names

if TYPE_CHECKING:
    from redun.executors.base import Executor
    from redun.task import Task

    from redun_cli.invocation import Invocation

__all__ = ["submit"]


def submit(invocation: Invocation, name: str, options: Mapping[str, Any], script: Callable[[], str]) -> str:
    """Submit a command and return how to find it.

    Parameters
    ----------
    invocation : Invocation
    name : str
        The executor's.
    options : mapping
        Task options.
    script : callable
        Makes the script, once it is known that the executor takes it.

    Raises
    ------
    ExecutorError
        What the executor runs ends with this process.
    RedunError
        There is no such executor, or it refuses.
    """
    from redun.scripting import script_task

    check_option_names(invocation, options)
    scheduler = invocation.make_scheduler()
    try:
        executor = scheduler.executors.started.get(name)
        launch = _launch_of(executor, name)
        task = script_task.options(**{**options, "executor": name})
        return launch(_Launched(task, (script(),), _Options(task.get_task_options())))
    finally:
        scheduler.close()


def _launch_of(executor: Executor, name: str) -> Callable[[_Launched], str]:
    launch: Callable[[_Launched], str] | None = getattr(executor, "launch", None)
    if launch is None:
        raise ExecutorError(
            f"What runs on the executor {name!r} ends with the process that started it; "
            "add --wait, and `redun launch` stays until it has ended."
        )
    return launch


@attrs.frozen
class _Options:
    options: Mapping[str, Any]


@attrs.frozen(eq=False)
class _Launched:
    """The one call, of which nobody waits for the result."""

    task: Task[..., Any]
    args: tuple[Any, ...]
    policy: _Options
    # Random: another launch of the same command is another one.
    eval_hash: bytes = attrs.field(factory=lambda: os.urandom(20))
    job_id: str = attrs.field(factory=lambda: f"{os.urandom(16).hex()}.1")

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return self.args, {}

    def began(self) -> None:
        """Nobody wants to know."""
