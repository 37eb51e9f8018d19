"""The workers of a pool, and the nursery that starts and ends them.

Floor: executors.
"""

from __future__ import annotations

import os
import pickle
import selectors
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

import attrs

from redun.errors import ExecutorError
from redun.executors.pool import wire
from redun.executors.pool.beginning import Begun, begin
from redun.executors.pool.member import Member
from redun.task.registry import get_task_registry

if TYPE_CHECKING:
    from redun.task.task import Task

__all__ = ["Crew", "Ended", "Settings"]

MAX_FAILURES = 3
"""How often in a row processes may end before they serve until nothing more is tried."""

IDLE_S = 60.0
"""How long a worker may wait for calls before it ends."""

_LEAVING_S = 3.0
"""How long a worker may take to leave before it is ended."""

_LOOK_S = 0.5


@attrs.frozen
class Settings:
    """How a pool works.

    Attributes
    ----------
    name : str
        The executor's.
    max_workers : int
    method : str
        The start method: `forkserver`, `spawn` or `fork`.
    max_calls : int or None
        After so many a worker is replaced.
    config : mapping
        The project's configuration, by section.
    root : str
        The project's folder.
    capture : bool
        What bodies write is kept.
    """

    name: str
    max_workers: int
    method: str
    max_calls: int | None
    config: Mapping[str, Any]
    root: str
    capture: bool


Ended = Callable[[Member, int, int], None]
"""Told of a worker that has ended, its status and the bytes of memory that it had at most."""


class Crew:
    """Starts workers and knows which are there.

    Parameters
    ----------
    settings : Settings
    selector : Selector
        The data of a key is called when there is something to read.
    said : callable
        Told of a worker that has sent something.
    ended : callable
    failed : callable
        Given the error when no workers can be had.

    Attributes
    ----------
    members : dict of int to Member
    failures : int
        Processes that ended before they served, since one did.
    """

    def __init__(
        self,
        settings: Settings,
        selector: selectors.BaseSelector,
        *,
        said: Callable[[Member], None],
        ended: Ended,
        failed: Callable[[ExecutorError], None],
    ) -> None:
        self._settings = settings
        self._selector = selector
        self._said, self._ended, self._failed = said, ended, failed
        self._setup = pickle.dumps((dict(settings.config), settings.root, settings.capture), 5)
        self._nurseries: list[Begun] = []
        self._nursery: Begun | None = None
        self._born_with: set[Task[..., Any] | None] = set()
        self._started = 0
        self.members: dict[int, Member] = {}
        self.failures = 0

    def serving(self) -> list[Member]:
        """Return those that may be sent calls."""
        return [member for member in self.members.values() if member.serves]

    @property
    def may_grow(self) -> bool:
        """Another worker may be started: there are fewer than allowed, and not most of them are still beginning."""
        present = [member for member in self.members.values() if member.leaving_s is None]
        beginning = sum([not member.ready for member in present])
        return len(present) < self._settings.max_workers and 2 * beginning <= len(present)

    def grow(self) -> None:
        """Start a worker."""
        if self._nursery is None:
            self._nursery = self._begin()
        self._started += 1
        member = Member(self._started, self._setup, self._nursery)
        self.members[member.number] = member
        self._selector.register(member.channel, selectors.EVENT_READ, lambda: self._said(member))
        self._tell(self._nursery, wire.LAUNCH, member.number, (member.theirs.fileno(),))

    def kill(self, member: Member) -> None:
        """End a worker at once, with all that it started."""
        member.killed = True
        self._tell(member.nursery, wire.KILL, member.number)

    def dismiss(self) -> None:
        """Let all workers leave that have nothing to do any more."""
        for member in self.members.values():
            if member.leaving_s is None and not member.calls:
                member.leave()

    def tidy(self) -> float | None:
        """End workers that have long been idle or do not leave; return when to look again, in seconds."""
        now = monotonic()
        soonest: float | None = None
        if not wire.TELLS_END and self._nurseries:
            soonest = _LOOK_S
            for nursery in [each for each in self._nurseries if each.has_ended()]:
                self._nursery_ended(nursery)
        for member in list(self.members.values()):
            if member.leaving_s is not None:
                due = member.leaving_s + _LEAVING_S
                if now >= due and not member.killed:
                    self.kill(member)
            elif member.ready and not member.calls:
                due = member.since_s + IDLE_S
                if now >= due:
                    member.leave()
            else:
                continue
            soonest = min(due - now, soonest or due - now)
        return None if soonest is None else max(soonest, 0.1)

    def end(self, *, kill: bool) -> None:
        """End the nursery, with `kill` and all that it has started, and wait for it."""
        self._nursery = None
        for nursery in self._nurseries:
            self._selector.unregister(nursery.channel)
            self._tell(nursery, wire.END, kill)
        for nursery in self._nurseries:
            nursery.wait()
            nursery.close()
        self._nurseries.clear()
        for member in list(self.members.values()):
            self._remove(member)

    def knows(self, fullname: str) -> bool:
        """Tell whether a task was there as it is now when the scheduler's process was forked, or will be."""
        return self._nursery is None or get_task_registry().get(fullname) in self._born_with

    def renew(self) -> None:
        """Start workers from a new nursery; what has been started leaves as soon as it has nothing to do."""
        self._nursery = None
        for member in self.members.values():
            if member.leaving_s is None:
                member.leave()

    def _begin(self) -> Begun:
        if self._settings.method == "fork":
            self._born_with = set(get_task_registry())
        nursery = begin(self._settings.method)
        self._nurseries.append(nursery)
        self._selector.register(nursery.channel, selectors.EVENT_READ, lambda: self._listen(nursery))
        self._tell(nursery, wire.SETUP, 0, buffers=(self._setup,))
        return nursery

    def _tell(
        self,
        nursery: Begun,
        kind: int,
        number: int,
        descriptors: tuple[int, ...] = (),
        buffers: tuple[bytes, ...] = (),
    ) -> None:
        # That it is gone is noticed where it is listened to.
        with suppress(OSError):
            nursery.channel.send(kind, buffers, first=number, descriptors=descriptors)

    def _listen(self, nursery: Begun) -> None:
        while nursery in self._nurseries:
            try:
                message = nursery.channel.receive(wait=False)
            except (EOFError, OSError):
                self._nursery_ended(nursery)
                return
            if message is None:
                return
            if message.kind == wire.READY:
                nursery.ready = True
                continue
            member = self.members.get(message.first)
            if member is None:
                continue
            if message.kind == wire.STARTED:
                member.pid = message.second
            elif message.kind == wire.ENDED:
                self._member_ended(member, message.second, message.third)

    def _member_ended(self, member: Member, status: int, peak: int) -> None:
        # Its last words may still be on their way.
        self._said(member)
        self._ended(member, status, peak)
        self._remove(member)
        nursery = member.nursery
        if nursery is not self._nursery and not self._below(nursery):
            self._tell(nursery, wire.END, 0)
        if not member.ready and not member.killed and member.leaving_s is None:
            code = os.waitstatus_to_exitcode(status)
            self._fail(
                f"A worker process ended with exit code {code} before it was ready; see standard error."
            )

    def _below(self, nursery: Begun) -> list[Member]:
        return [member for member in self.members.values() if member.nursery is nursery]

    def _nursery_ended(self, nursery: Begun) -> None:
        self._nurseries.remove(nursery)
        self._selector.unregister(nursery.channel)
        code = nursery.wait()
        complaint = "" if nursery.ready else nursery.complaint()
        nursery.close()
        for member in self._below(nursery):
            if member.pid:
                with suppress(OSError):
                    os.killpg(member.pid, signal.SIGKILL)
            self._said(member)
            self._ended(member, signal.SIGKILL, 0)
            self._remove(member)
        if nursery is self._nursery:
            self._nursery = None
            if complaint:
                complaint = f" It wrote:{complaint}"
            self._fail(f"The process that starts workers ended with exit code {code}.{complaint}")

    def _fail(self, why: str) -> None:
        self.failures += 1
        if self.failures >= MAX_FAILURES:
            self.failures = 0
            self._failed(ExecutorError(f"The executor {self._settings.name!r} has no processes: {why}"))

    def _remove(self, member: Member) -> None:
        del self.members[member.number]
        self._selector.unregister(member.channel)
        member.close()
