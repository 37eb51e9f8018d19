"""Observers: what plugins are told. They answer nothing, and what they raise never harms a run.

Floor: host.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from redun.config import Config
    from redun.scheduler.events import ExecutionView, Transition

hookspec = pluggy.HookspecMarker("redun")


@hookspec
def redun_configure(config: Config) -> None:
    """Read the configuration, for instance a section of the plugin's own.

    When: once per session, before anything else is told.
    Thread: the main thread.
    Returns: nothing.
    Order: `tryfirst`, then by plugin name, then `trylast`.
    Worker: called.

    Example::

        from redun.plugin import hookimpl

        limit = 10

        @hookimpl
        def redun_configure(config):
            global limit
            limit = config.section("cluster").get_int("limit", limit, minimum=1)
    """


@hookspec
def redun_session_started(session: Any) -> None:
    """Learn that a session is about to run its first execution.

    When: once per session.
    Thread: the main thread.
    Returns: nothing.
    Order: `tryfirst`, then by plugin name, then `trylast`.
    Worker: not called.

    Example::

        import time

        from redun.plugin import hookimpl

        @hookimpl
        def redun_session_started(session):
            global began
            began = time.monotonic()
    """


@hookspec
def redun_session_finished(session: Any) -> None:
    """Learn that a session is over: its executors have stopped and its record is closed.

    When: once per session, after every execution, also after one that failed.
    Thread: the main thread.
    Returns: nothing.
    Order: `tryfirst`, then by plugin name, then `trylast`.
    Worker: not called.

    Example::

        from redun.plugin import hookimpl

        @hookimpl
        def redun_session_finished(session):
            print("done")
    """


@hookspec
def redun_execution_started(execution: ExecutionView) -> None:
    """Learn that an execution begins; it is on record as running.

    When: once per execution, before its first job.
    Thread: the scheduler's.
    Returns: nothing.
    Order: `tryfirst`, then by plugin name, then `trylast`.
    Worker: not called.

    Example::

        from redun.plugin import hookimpl

        @hookimpl
        def redun_execution_started(execution):
            print(execution.id, execution.task)
    """


@hookspec
def redun_execution_finished(execution: ExecutionView) -> None:
    """Learn how an execution ended; its final state is on record.

    When: once per execution, also when it failed or was interrupted.
    Thread: the scheduler's.
    Returns: nothing.
    Order: `tryfirst`, then by plugin name, then `trylast`.
    Worker: not called.

    Example::

        from redun.plugin import hookimpl

        @hookimpl
        def redun_execution_finished(execution):
            print(execution.id, execution.status.name, execution.error)
    """


@hookspec
def redun_jobs(transitions: Sequence[Transition]) -> None:
    """Learn what became of jobs.

    When: many times per execution, each time with all that has happened since; a transition is a job and
        its new status.
    Thread: the scheduler's, which waits, so it must be quick. A job's view is valid only during the call.
    Returns: nothing.
    Order: `tryfirst`, then by plugin name, then `trylast`.
    Worker: not called.

    Example::

        from collections import Counter

        from redun.plugin import hookimpl

        counts = Counter()

        @hookimpl
        def redun_jobs(transitions):
            for job, status in transitions:
                counts[job.task_name, status.name] += 1
    """
