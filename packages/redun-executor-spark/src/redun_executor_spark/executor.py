"""The executor: calls drive a Spark application, or run on its workers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from redun.errors import ExecutorError

if TYPE_CHECKING:
    from redun.executors.base import Inbox, Work
    from redun.executors.equipment import Equipment

__all__ = ["Lane", "SparkExecutor"]

MODES = ("driver", "worker")


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
        Its section of the configuration.
    """

    reports_begin = True

    def __init__(self, name: str = "spark", options: Mapping[str, Any] | None = None) -> None:
        self.name = name
        self._section: Mapping[str, Any] = options or {}
        self._folder = os.getcwd()
        self._equipment: Equipment | None = None
        self._inbox: Inbox | None = None
        self._lanes: dict[str, Lane] = {}

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
        default = self._section.get("mode", MODES[0])
        for work in works:
            mode = work.policy.options.get("mode", default)
            if mode in MODES:
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

    def _lane(self, mode: str) -> Lane:
        raise NotImplementedError
