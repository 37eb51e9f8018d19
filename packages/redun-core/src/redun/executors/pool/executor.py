"""The process executor: calls run in warm processes of this machine.

Floor: executors. Nothing is started, and little imported, before the first call.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from redun.executors.capacities import capacities_of, positive_integer, wrong_option

if TYPE_CHECKING:
    from redun.executors.base import Inbox, Work
    from redun.executors.equipment import Equipment
    from redun.executors.pool.dispatcher import Dispatcher
    from redun.executors.pool.surroundings import Surroundings

__all__ = ["ProcessExecutor"]

_METHODS = ("forkserver", "spawn", "fork")


class ProcessExecutor:
    """Runs calls in processes of this machine, started when there is work and used again.

    A process that crashes, runs out of memory or is given up for its timeout loses only the call that it runs.

    Parameters
    ----------
    name : str
        The executor's name.
    options : mapping, optional
        `max_workers`: number of processes, by default one for each processor that this process may use.
        `start_method`: `forkserver` (default), `spawn` or `fork`. `max_tasks_per_worker`: after so many calls a
        process is replaced by a fresh one; never by default. `vcpus` (or `cores`) and `memory` in GB: what its calls
        share, each taking as much as its task options of these names say; without limit otherwise.
    max_workers : int, optional
        Where the options do not say it.

    Raises
    ------
    ConfigError
        An option has a value that it cannot have.
    """

    reports_begin = True

    def __init__(
        self,
        name: str = "process",
        options: Mapping[str, Any] | None = None,
        *,
        max_workers: int | None = None,
    ) -> None:
        self.name = name
        given: Mapping[str, Any] = options or {}
        most: int | None = positive_integer(name, given, "max_workers", max_workers)
        self.max_workers = most or _processors()
        self.start_method = str(given.get("start_method", _METHODS[0]))
        if self.start_method not in _METHODS:
            problem = f"must be one of {', '.join(_METHODS)}, not {self.start_method!r}"
            raise wrong_option(name, options, "start_method", problem)
        self._max_calls = positive_integer(name, given, "max_tasks_per_worker", None)
        self._capacities = capacities_of(name, given)
        self._equipment: Equipment | None = None
        self._inbox: Inbox | None = None
        self._dispatcher: Dispatcher | None = None
        self._surroundings: Surroundings | None = None

    def equip(self, equipment: Equipment) -> None:
        """Take note of the project that calls belong to."""
        self._equipment = equipment

    def supports_async(self) -> bool:
        """Async tasks run where the scheduler is."""
        return False

    def capacities(self) -> Mapping[str, float]:
        """Return what its calls share."""
        return self._capacities

    def start(self, inbox: Inbox) -> None:
        """Deliver results to an inbox from now on."""
        self._inbox = inbox

    def submit(self, works: Sequence[Work]) -> None:
        """Take calls."""
        from redun.executors.pool.surroundings import Surroundings

        here = Surroundings.here(getattr(works[0], "secrets", ()) if works else ())
        if here != self._surroundings:
            self._surroundings = here
        assert self._surroundings is not None
        if self._dispatcher is None:
            self._dispatcher = self._begin()
        self._dispatcher.submit(works, self._surroundings)

    def abandon(self, work: Work) -> None:
        """End the process that runs a call, with all that it started."""
        if self._dispatcher is not None:
            self._dispatcher.abandon(work)

    def cancel(self) -> None:
        """Drop calls that no process has begun."""
        if self._dispatcher is not None:
            self._dispatcher.cancel()

    def stop(self, *, wait: bool = True) -> None:
        """End all processes; with `wait`, after all calls have come back."""
        dispatcher, self._dispatcher = self._dispatcher, None
        if dispatcher is None:
            return
        if wait:
            dispatcher.close()
            dispatcher.join()
        else:
            dispatcher.abort()

    def _begin(self) -> Dispatcher:
        from redun.config import Config
        from redun.executors.pool.crew import Settings
        from redun.executors.pool.dispatcher import Dispatcher

        assert self._inbox is not None
        equipment = self._equipment
        config = Config() if equipment is None else equipment.config
        settings = Settings(
            self.name,
            self.max_workers,
            self.start_method,
            self._max_calls,
            config=config.get_config_dict(),
            root=os.getcwd() if equipment is None else equipment.root,
            capture=config.section("scheduler").get_bool("capture", True),
        )
        dispatcher = Dispatcher(settings, self._inbox)
        dispatcher.start()
        return dispatcher


def _processors() -> int:
    # Of many processors a container or a batch system may leave us only some.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
