"""One worker as the scheduler's process sees it, and the calls that it was sent.

Floor: executors. This side keeps both ends of the channel: messages that the worker has not received yet can be
received here instead, whatever the worker is doing, and each call is either there or here.
"""

from __future__ import annotations

import os
import pickle
from time import monotonic
from typing import TYPE_CHECKING

from redun.executors.pool import wire
from redun.executors.pool.wire import channels

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from redun.executors.base import Work
    from redun.executors.pool.beginning import Begun
    from redun.executors.pool.shared import SharedBuffers
    from redun.executors.pool.surroundings import Surroundings

__all__ = ["Call", "Member"]


class Call:
    """A call on its way.

    Attributes
    ----------
    work : Work
    number : int
        Counted up.
    task : int
        The number of its task.
    surroundings : Surroundings
        Where it was called.
    encoded : list of buffer, or None
        Its arguments; made when it is first sent, and kept as long as it may have to be sent again.
    member : Member or None
        Who has it.
    expected_s : float
        How long it was thought to take when it was sent.
    """

    __slots__ = ("encoded", "expected_s", "member", "number", "surroundings", "task", "work")

    def __init__(self, work: Work, number: int, task: int, surroundings: Surroundings) -> None:
        self.work = work
        self.number = number
        self.task = task
        self.surroundings = surroundings
        self.encoded: list[Buffer] | None = None
        self.member: Member | None = None
        self.expected_s = 0.0


class Member:
    """A worker.

    Attributes
    ----------
    number : int
    nursery : Begun
        Where it was started.
    pid : int
        0 until it is known.
    ready : bool
        It serves.
    leaving_s : float or None
        Since when it is not sent anything any more.
    killed : bool
        It was given up together with what it ran.
    calls : dict of int to Call
        Those that it was sent, in this order; it runs the first one.
    backlog_s : float
        How long it will probably be busy with them.
    since_s : float
        When the first of them began, or was sent.
    served : int
        How many have come back.
    readers : list of int
        What its descriptors 1 and 2 lead to.
    """

    def __init__(self, number: int, setup: bytes, nursery: Begun) -> None:
        self.number = number
        self.nursery = nursery
        self.channel, self.theirs = channels()
        self.pid = 0
        self.ready = False
        self.leaving_s: float | None = None
        self.killed = False
        self.calls: dict[int, Call] = {}
        self.backlog_s = 0.0
        self.since_s = monotonic()
        self.served = 0
        self.readers: list[int] = []
        self._surroundings: Surroundings | None = None
        self._tasks: dict[int, str] = {}
        self._names: dict[str, int] = {}
        self.channel.send(wire.SETUP, [setup])

    @property
    def secrets(self) -> tuple[str | bytes | float, ...]:
        """What is not to be shown of what it writes."""
        return () if self._surroundings is None else self._surroundings.secrets

    @property
    def serves(self) -> bool:
        """It may be sent calls."""
        return self.ready and self.leaving_s is None and not self.killed

    def is_outdated(self, task: int, fullname: str) -> bool:
        """Tell whether it has loaded another version of a task's code."""
        return self._names.get(fullname, task) != task

    def give(self, call: Call, described: bytes, shared: SharedBuffers) -> bool:
        """Send a call; False if there is no room for it now.

        Parameters
        ----------
        call : Call
        described : bytes
            Where its task is found.
        shared : SharedBuffers
        """
        send = self.channel.send
        surroundings, task = call.surroundings, call.task
        if surroundings is not self._surroundings:
            content = pickle.dumps(tuple(surroundings), 5)
            if not send(wire.SURROUNDINGS, [content], wait=False):
                return False
            self._surroundings = surroundings
        if task not in self._tasks:
            if not send(wire.TASK, [described], first=task, wait=False):
                return False
            fullname = call.work.task.fullname
            self._tasks[task] = fullname
            self._names[fullname] = task
        assert call.encoded is not None
        work = call.work
        job_id = work.job_id
        execution = job_id.partition(".")[0]
        if not send(
            wire.CALL,
            [work.eval_hash + job_id.encode(), *call.encoded],
            first=call.number,
            second=task,
            wait=False,
            shared=lambda buffer: shared.file_of(buffer, execution),
        ):
            return False
        if not self.calls:
            self.since_s = monotonic()
            work.began()
        call.member = self
        self.calls[call.number] = call
        self.backlog_s += call.expected_s
        return True

    def came_back(self, number: int) -> Call | None:
        """Take a call off the list that has come back; None if it is not on it."""
        call = self.calls.pop(number, None)
        if call is None:
            return None
        self.served += 1
        call.member = None
        self.backlog_s = self.backlog_s - call.expected_s if self.calls else 0.0
        self.since_s = monotonic()
        for following in self.calls.values():
            following.work.began()
            break
        return call

    def take_back(self) -> list[Call]:
        """Return the calls that it has not received, in order; they are no longer its own."""
        taken: list[Call] = []
        if not self.ready:
            # It has been sent nothing but what it needs to become ready.
            return taken
        while True:
            try:
                message = self.theirs.receive(wait=False)
            except (EOFError, OSError):
                break
            if message is None:
                break
            if message.kind == wire.CALL:
                call = self.calls.pop(message.first)
                call.member = None
                taken.append(call)
            elif message.kind == wire.TASK:
                self._names.pop(self._tasks.pop(message.first), None)
            elif message.kind == wire.SURROUNDINGS:
                self._surroundings = None
        self.backlog_s = sum([call.expected_s for call in self.calls.values()])
        return taken

    def lost(self) -> list[Call]:
        """Return what it had received and not sent back, now that it has ended."""
        lost = list(self.calls.values())
        self.calls.clear()
        for call in lost:
            call.member = None
        return lost

    def leave(self) -> None:
        """Let it end once it has done what it was sent."""
        self.leaving_s = monotonic()
        self.channel.send(wire.LEAVE, wait=False)

    def close(self) -> None:
        """Let go of it."""
        self.channel.close()
        self.theirs.close()
        for reader in self.readers:
            os.close(reader)
