"""The executor for AWS Batch, as redun knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from redun.errors import ConfigError, ExecutorError

from redun_executor_batch.call import Call
from redun_executor_batch.debugging import DebugMode
from redun_executor_batch.options import JobOptions
from redun_executor_batch.settings import Settings, array_rule

if TYPE_CHECKING:
    from redun.executors.base import Inbox, Work
    from redun.executors.equipment import Equipment

    from redun_executor_batch.dispatcher import Dispatcher
    from redun_executor_batch.grouping import ArrayRule

__all__ = ["BatchExecutor"]


class BatchExecutor:
    """Runs calls as jobs of AWS Batch.

    Parameters
    ----------
    name : str
        The executor's name.
    options : mapping
        Its section; `image`, `queue` and `s3_scratch` are needed. See `docs/batch.md`.

    Raises
    ------
    ConfigError
        An option is missing or has a value that it cannot have.

    Examples
    --------
    >>> BatchExecutor("batch", {"image": "tools:1", "queue": "spot"})
    Traceback (most recent call last):
        ...
    redun.errors.ConfigError: [executors.batch] The option 's3_scratch' is missing: the URL of a folder on S3 ...
    """

    reports_begin = True

    def __init__(self, name: str, options: Mapping[str, Any] | None = None) -> None:
        self.name = name
        self._section: Mapping[str, Any] = options or {}
        self._settings = Settings.read(name, self._section)
        array_rule(name, self._section, {})
        self._debug = DebugMode(name, self._section)
        self._equipment: Equipment | None = None
        self._inbox: Inbox | None = None
        self._dispatcher: Dispatcher | None = None

    def equip(self, equipment: Equipment) -> None:
        """Take what is to be known of the project."""
        self._equipment = equipment
        self._debug.equip(equipment)

    def start(self, inbox: Inbox) -> None:
        """Deliver into an inbox from now on; AWS is not asked before there is a call."""
        self._inbox = inbox
        self._debug.start(inbox)

    def submit(self, works: Sequence[Work]) -> None:
        """Take calls to run."""
        assert self._inbox is not None
        taken: list[tuple[Call, ArrayRule | None]] = []
        debugged: list[Work] = []
        for work in works:
            try:
                options = JobOptions.read(self.name, self._section, work.policy.options)
                rule = self._rule(work, options)
            except ConfigError as error:
                self._inbox.failed(work, error)
                continue
            if options.debug:
                debugged.append(work)
            else:
                taken.append((Call(work, options), rule))
        if debugged:
            self._debug.submit(debugged)
        if taken:
            self._started(self._inbox).take(taken)

    def cancel(self) -> None:
        """Drop what has not begun: calls that were not submitted, and jobs that wait in the queue.

        Returns once Batch was told, or after some seconds: the process may end next.
        """
        self._debug.cancel()
        if self._dispatcher is not None:
            self._dispatcher.cancel()

    def abandon(self, work: Work) -> None:
        """End the job of a call."""
        # Whichever of them runs it.
        self._debug.abandon(work)
        if self._dispatcher is not None:
            self._dispatcher.abandon(work)

    def launch(self, work: Work) -> str:
        """Submit a job that nobody waits for, and return how to find it.

        Raises
        ------
        RedunError
            It cannot be submitted.
        """
        from redun_executor_batch.launching import launch_job

        options = JobOptions.read(self.name, self._section, work.policy.options)
        return launch_job(self.name, self._settings, self._project(), work, options)

    def stop(self, *, wait: bool = True) -> None:
        """End once all calls have come back.

        Without `wait` at once: jobs that run on Batch go on there, and the next execution that makes the same calls
        waits for them instead of submitting them again.
        """
        self._debug.stop(wait=wait)
        dispatcher, self._dispatcher = self._dispatcher, None
        if dispatcher is not None:
            dispatcher.stop(wait=wait)
            if wait:
                dispatcher.join()

    def _rule(self, work: Work, options: JobOptions) -> ArrayRule | None:
        """Return by what rule the call is joined with others; None for not at all."""
        if work.task.script or options.num_nodes is not None:
            return None
        rule = array_rule(self.name, self._section, work.policy.options)
        return rule if rule.allows() else None

    def _started(self, inbox: Inbox) -> Dispatcher:
        if self._dispatcher is None:
            from redun_executor_batch.dispatcher import Dispatcher
            from redun_executor_batch.office import Office

            office = Office(self.name, self._settings, self._project())
            dispatcher = Dispatcher(self.name, inbox, office, self._settings.monitor_interval_s)
            dispatcher.start()
            self._dispatcher = dispatcher
        return self._dispatcher

    def _project(self) -> Equipment:
        if self._equipment is None:
            raise ExecutorError(
                f"The executor {self.name!r} was not told of the project: give it to a Scheduler, which does that."
            )
        return self._equipment
