"""Deciders: one question, asked of one plugin after the other until one answers.

Floor: host.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from redun.executors import Work
    from redun.task.task import Task

hookspec = pluggy.HookspecMarker("redun")


@hookspec(firstresult=True)
def redun_value_hasher(type: type) -> Callable[[Any], bytes] | None:  # noqa: A002
    """Hash the values of a type in a way of the plugin's own.

    When: once per type that occurs; the answer is kept.
    Thread: the scheduler's.
    Returns: a function from a value to bytes that stand for its content and depend on nothing else, or
        None to leave the type to others. redun digests them together with the type's name.
    Order: `tryfirst`, then by plugin name, then `trylast`, until one answers. What a plugin raises fails
        the call that needs the hash.
    Worker: called, so that results have the same hashes everywhere.

    Example::

        from fractions import Fraction

        from redun.plugin import hookimpl

        @hookimpl
        def redun_value_hasher(type):
            if issubclass(type, Fraction):
                return lambda value: str(value).encode()
            return None
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def redun_task_hasher(task: Task[..., Any]) -> Callable[[Any], bytes] | None:
    """Hash the code of a task in a way of the plugin's own.

    When: once per task.
    Thread: the scheduler's.
    Returns: a function from a task to bytes that change whenever the task is to run again, or None to
        leave the task to others. redun digests them together with the task's name.
    Order: `tryfirst`, then by plugin name, then `trylast`, until one answers. What a plugin raises fails
        the run.
    Worker: not called; the hash travels with the job.

    Example::

        from redun.plugin import hookimpl

        @hookimpl
        def redun_task_hasher(task):
            if task.fullname.startswith("frozen."):
                return lambda task: b"never changes"
            return None
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def redun_select_executor(job: Work) -> str | None:
    """Choose where a job runs.

    When: once per job that is about to run, if any plugin implements this.
    Thread: the scheduler's, so it must be quick.
    Returns: the name of an executor, or None to leave the choice to others and finally to the task's
        options.
    Order: `tryfirst`, then by plugin name, then `trylast`, until one answers. What a plugin raises fails
        the job.
    Worker: not called.

    Example::

        from redun.plugin import hookimpl

        @hookimpl
        def redun_select_executor(job):
            return "cluster" if job.policy.options.get("memory", 0) > 16 else None
    """
    raise NotImplementedError
