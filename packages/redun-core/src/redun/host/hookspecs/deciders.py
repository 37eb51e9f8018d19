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
    Returns: a function from a value to a digest of 20 bytes that depends on the value's content alone, or
        None to leave the type to others.
    Order: `tryfirst`, then by plugin name, then `trylast`, until one answers. What a plugin raises fails
        the call that needs the hash.
    Worker: called, so that results have the same hashes everywhere.

    Example::

        from fractions import Fraction

        from redun.hashing.digest import digest
        from redun.plugin import hookimpl

        @hookimpl
        def redun_value_hasher(type):
            if issubclass(type, Fraction):
                return lambda value: digest(b"fraction", str(value).encode())
            return None
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def redun_task_hasher(task: Task[..., Any]) -> Callable[[Any], bytes] | None:
    """Hash the code of a task in a way of the plugin's own.

    When: once per task.
    Thread: the scheduler's.
    Returns: a function from a task to a digest of 20 bytes that changes whenever the task is to run
        again, or None to leave the task to others.
    Order: `tryfirst`, then by plugin name, then `trylast`, until one answers. What a plugin raises fails
        the run.
    Worker: not called; the hash travels with the job.

    Example::

        from redun.hashing.digest import digest
        from redun.plugin import hookimpl

        @hookimpl
        def redun_task_hasher(task):
            if task.fullname.startswith("frozen."):
                return lambda task: digest(b"frozen task", task.fullname.encode())
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
