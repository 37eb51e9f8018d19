"""The executor: calls drive a Spark application, or run on its workers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol

from redun.errors import ExecutorError
from redun.executors.capacities import positive_integer, wrong_option

from redun_executor_spark import applications
from redun_executor_spark.options import read_options
from redun_executor_spark.parsing import flag
from redun_executor_spark.site import Site
from redun_executor_spark.traces import history_address

if TYPE_CHECKING:
    from redun.executors.base import Inbox, Work
    from redun.executors.equipment import Equipment

__all__ = ["Lane", "SparkExecutor"]

LANES = {
    "driver": ("redun_executor_spark.driver.lane", "DriverLane"),
    "worker": ("redun_executor_spark.waves.lane", "WaveLane"),
}


class Lane(Protocol):
    """One of the ways in which calls use Spark; made when the first call takes it."""

    def submit(self, works: Sequence[Work]) -> None:
        """Take calls and return at once."""

    def cancel(self) -> None:
        """Cancel what has not ended: its Spark jobs end, and it comes back as cancelled."""

    def abandon(self, work: Work) -> None:
        """End a call whose time is up; nothing is wanted of it any more."""

    def stop(self, *, wait: bool) -> None:
        """End; with `wait`, only after running calls have come back."""


class SparkExecutor:
    """Runs calls as drivers of a Spark application, or on the workers of one.

    Parameters
    ----------
    name : str
        The executor's name.
    options : mapping, optional
        Its section of the configuration. Those that tasks have too (`docs/spark.md` lists them), and: `max_workers`
        (20), how many drivers run at a time; `keep_session` (False), whether an application in this process lives on
        for executors to come; `history_url`, the address of a history server, for links to it;
        `scratch`, a folder or URL for what does not travel through Spark.

        Relative paths are relative to the configuration's folder.

    Raises
    ------
    ConfigError
        An option is ill-formed.

    Examples
    --------
    >>> SparkExecutor("spark", {"master": "local[4]", "driver_memory": "plenty"})
    Traceback (most recent call last):
        ...
    redun.errors.ConfigError: [executors.spark] driver_memory must be an amount of memory such as "4g", ...
    """

    reports_begin = True

    def __init__(self, name: str = "spark", options: Mapping[str, Any] | None = None) -> None:
        self.name = name
        self._section: Mapping[str, Any] = options or {}
        self._folder = os.getcwd()
        self._equipment: Equipment | None = None
        self._inbox: Inbox | None = None
        self._lanes: dict[str, Lane] = {}
        # For what is wrong with them.
        read_options(name, self._section, {}, self._folder)
        positive_integer(name, self._section, "max_workers", 1)
        history_address(name, self._section)
        self._mode = self._section.get("mode", "driver")
        if self._mode not in LANES:
            raise wrong_option(name, options, "mode", f"must be driver or worker, not {self._mode!r}")
        try:
            self._keep_session = flag(self._section.get("keep_session", False))
        except ValueError as error:
            raise wrong_option(name, options, "keep_session", str(error)) from None

    def equip(self, equipment: Equipment) -> None:
        """Learn of the project."""
        self._equipment = equipment
        self._folder = os.path.abspath(equipment.config.configdir or equipment.root)

    def start(self, inbox: Inbox) -> None:
        """Deliver results to an inbox from now on; nothing of Spark is loaded before the first call."""
        self._inbox = inbox

    def submit(self, works: Sequence[Work]) -> None:
        """Hand calls to the lanes that their modes name."""
        assert self._inbox is not None
        by_mode: dict[str, list[Work]] = {}
        for work in works:
            mode = work.policy.options.get("mode", self._mode)
            if mode in LANES:
                by_mode.setdefault(mode, []).append(work)
            else:
                message = f"Task {work.task.fullname}: on Spark its option mode must be driver or worker, not {mode!r}."
                self._inbox.failed(work, ExecutorError(message))
        for mode, ours in by_mode.items():
            self._lane(mode).submit(ours)

    def cancel(self) -> None:
        """Cancel what has not ended."""
        for lane in self._lanes.values():
            lane.cancel()

    def abandon(self, work: Work) -> None:
        """End a call."""
        for lane in self._lanes.values():
            lane.abandon(work)

    def stop(self, *, wait: bool = True) -> None:
        """End once all calls have come back; without `wait`, end them."""
        lanes, self._lanes = self._lanes, {}
        for lane in lanes.values():
            lane.stop(wait=wait)
        if lanes and wait:
            applications.leave(keep=self._keep_session)
        elif lanes:
            # What was ended may take a while to let go of its application, and a cluster to answer.
            leave = partial(applications.leave, keep=self._keep_session)
            Thread(target=leave, name=f"redun-{self.name}-leave", daemon=True).start()

    def _lane(self, mode: str) -> Lane:
        found = self._lanes.get(mode)
        if found is None:
            assert self._inbox is not None
            if not self._lanes:
                applications.enter()
            try:
                found = self._lanes[mode] = self._made(mode, self._inbox)
            except BaseException:
                if not self._lanes:
                    applications.leave()
                raise
        return found

    def _made(self, mode: str, inbox: Inbox) -> Lane:
        site = Site(self.name, self._section, self._folder, self._equipment)
        module, name = LANES[mode]
        made: Lane = getattr(import_module(module), name)(self.name, site, inbox)
        return made
