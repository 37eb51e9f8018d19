"""The executor of type `local`: calls run in threads of this process, or in other processes of this machine.

Floor: executors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from redun.errors import ExecutorError
from redun.executors.capacities import wrong_option
from redun.executors.thread import ThreadExecutor

if TYPE_CHECKING:
    from redun.executors.base import Inbox, Work
    from redun.executors.equipment import Equipment
    from redun.executors.pool.executor import ProcessExecutor

__all__ = ["LocalExecutor"]

_MODES = {"thread": "thread", "threads": "thread", "process": "process", "processes": "process"}


class LocalExecutor(ThreadExecutor):
    """Runs calls in threads of this process, or in other processes where the executor or a task says so.

    Parameters
    ----------
    name : str
        The executor's name.
    options : mapping, optional
        Those of `ThreadExecutor`, and `mode`: `thread` (default) or `process`, which holds for calls whose task has no
        option `mode` of its own; `start_method` and `max_tasks_per_worker` as `ProcessExecutor` has them. There are as
        many processes as `max_workers` says, beside the threads.

    Raises
    ------
    ConfigError
        An option has a value that it cannot have.

    Examples
    --------
    >>> from redun import LocalExecutor, Scheduler, task
    >>> @task(namespace="docs", executor="narrow")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> with Scheduler(executors={"narrow": LocalExecutor("narrow", {"max_workers": 1})}) as scheduler:
    ...     scheduler.run([double(1), double(2)])
    [2, 4]
    """

    def __init__(self, name: str = "default", options: Mapping[str, Any] | None = None) -> None:
        super().__init__(name, options)
        self._options = options
        given = (options or {}).get("mode", "thread")
        mode = _MODES.get(str(given))
        if mode is None:
            raise wrong_option(name, options, "mode", f"must be thread or process, not {given!r}")
        self.mode = mode
        self._equipment: Equipment | None = None
        self._processes: ProcessExecutor | None = None
        if (options or {}).keys() & {"start_method", "max_tasks_per_worker"}:
            # Now, for what is wrong with them.
            self._processes = self._pool()

    def equip(self, equipment: Equipment) -> None:
        """Take note of the project that calls belong to."""
        self._equipment = equipment

    def start(self, inbox: Inbox) -> None:
        """Deliver results to an inbox from now on."""
        super().start(inbox)
        if self._processes is not None:
            self._prepare(self._processes, inbox)

    def submit(self, works: Sequence[Work]) -> None:
        """Take calls."""
        if self.mode != "thread" or any("mode" in work.policy.options for work in works):
            works = self._others(works)
        super().submit(works)

    def abandon(self, work: Work) -> None:
        """Give up a call that runs: a script or a process is ended, a thread is left to itself."""
        super().abandon(work)
        if self._processes is not None:
            self._processes.abandon(work)

    def cancel(self) -> None:
        """Drop calls that have not begun."""
        super().cancel()
        if self._processes is not None:
            self._processes.cancel()

    def stop(self, *, wait: bool = True) -> None:
        """End threads and processes; with `wait`, after all calls have come back."""
        if self._processes is not None:
            self._processes.stop(wait=wait)
        super().stop(wait=wait)

    def _others(self, works: Sequence[Work]) -> Sequence[Work]:
        """Hand calls to processes that belong there, and return the others."""
        inbox = self._inbox
        assert inbox is not None
        here, elsewhere = [], []
        for work in works:
            own = work.policy.options.get("mode")
            mode = self.mode if own is None else _MODES.get(own)
            if mode is None:
                error = ExecutorError(
                    f"Task {work.task.fullname}: its option mode must be thread or process, not {own!r}."
                )
                inbox.failed(work, error)
            elif mode == "thread" or (work.task.runs_async and own is None):
                # What coroutines await is evaluated in this process, and so they run here whatever the mode.
                here.append(work)
            elif work.task.runs_async:
                error = ExecutorError(
                    f"Task {work.task.fullname} is async and cannot run in another process: leave out its option mode. "
                    "What it awaits may run anywhere."
                )
                inbox.failed(work, error)
            else:
                elsewhere.append(work)
        if elsewhere:
            if self._processes is None:
                self._processes = self._pool()
                self._prepare(self._processes, inbox)
            self._processes.submit(elsewhere)
        return here

    def _pool(self) -> ProcessExecutor:
        from redun.executors.pool.executor import ProcessExecutor

        return ProcessExecutor(self.name, self._options, max_workers=self.max_workers)

    def _prepare(self, processes: ProcessExecutor, inbox: Inbox) -> None:
        if self._equipment is not None:
            processes.equip(self._equipment)
        processes.start(inbox)
