"""Calls that drive an application in threads of this process, each in a session of its own."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING, Any

from redun.executors.base import Completion
from redun.executors.perform import perform

from redun_executor_spark.applications import use
from redun_executor_spark.current import running_in
from redun_executor_spark.driver.results import settled
from redun_executor_spark.fate import fate_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from redun_executor_spark.driver.call import DriverCall
    from redun_executor_spark.running import Running
    from redun_executor_spark.site import Site

__all__ = ["SessionSubmitter"]


class SessionSubmitter:
    """Runs bodies here; whoever submits to a server of Spark Connect does so too.

    Parameters
    ----------
    site : Site
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._inside: dict[DriverCall, tuple[Running, ExitStack]] = {}
        self._lock = Lock()

    def run(self, call: DriverCall) -> Completion:
        """Run a body, in a session of its own."""
        work, options = call.work, call.options
        with ExitStack() as using:
            running = using.enter_context(
                use(
                    options.application,
                    logs=self._site.logs,
                    within=call.within,
                    for_body=True,
                    wanted=lambda: not call.ended,
                )
            )
            with self._lock:
                begun = call.begin()
                if begun:
                    self._inside[call] = running, using
            if not begun:
                return Completion(work, None, None, "cancelled")
            try:
                completion = self._perform(call, running)
            except Exception as error:
                completion = Completion(work, None, error, "error")
            finally:
                with self._lock:
                    self._inside.pop(call, None)
            if completion.error is not None:
                fate = fate_of(completion.error, task=work.task.fullname, log=running.end_of_log())
                completion = completion._replace(error=fate.error, cause=fate.cause)
            return completion._replace(tags=[*completion.tags, *self._tags(call, running)])

    def end(self, call: DriverCall) -> None:
        """Cancel the jobs of a body; if it goes on, and is abandoned, the application does not wait for it."""
        with self._lock:
            found = self._inside.get(call)
        if found is not None:
            running, using = found
            running.cancel(call.id)
            if call.abandoned:
                using.close()

    def stop(self) -> None:
        """Nothing is shared but the application."""

    def _tags(self, call: DriverCall, running: Running) -> Iterable[tuple[str, Any]]:
        return running.describe(group=call.id, address=self._site.history).items()

    def _perform(self, call: DriverCall, running: Running) -> Completion:
        work, options = call.work, call.options
        session = running.session(options.sql_conf)

        def settle(value: Any) -> Any:
            return settled(value, options, work)

        with running.labelled(call.id, work.task.fullname, session), running_in(running, session):
            return perform(work, settle=settle)
