"""The thread that hands calls to workers and takes what comes back.

Floor: executors. All state is this thread's own; others leave it commands. Calls that are known to take no time are
sent ahead, so that a worker need not wait for the next one; those not begun are taken back when it is stuck.
"""

from __future__ import annotations

import selectors
import socket
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from redun.errors import ExecutorError, JobMemoryError
from redun.executors.base import Completion
from redun.executors.memory_use import KernelKills
from redun.executors.pool import wire
from redun.executors.pool.crew import Crew, Settings
from redun.executors.pool.descriptors import last_words
from redun.executors.pool.durations import Durations
from redun.executors.pool.fatalities import fatality
from redun.executors.pool.member import Call, Member
from redun.executors.pool.shared import SharedBuffers
from redun.executors.pool.task_numbers import TaskNumbers
from redun.executors.remote.arguments import encode_arguments
from redun.executors.remote.outcome import decode_outcome

if TYPE_CHECKING:
    from redun.executors.base import Inbox, Work
    from redun.executors.pool.surroundings import Surroundings

__all__ = ["Dispatcher"]

AHEAD_S = 0.01
"""How much work a worker is sent ahead of time."""

AHEAD = 100
"""How many calls at most."""

STUCK_S = 0.02
"""How long the first of several calls may take until the others are taken back."""

WORTH_S = 0.02
"""How much work must wait for another worker to be started."""

_GATHER_S = 0.001


class Dispatcher(Thread):
    """Runs calls in worker processes.

    Parameters
    ----------
    settings : Settings
    inbox : Inbox
        Where results go.
    """

    def __init__(self, settings: Settings, inbox: Inbox) -> None:
        super().__init__(name=f"redun-{settings.name}", daemon=True)
        self._settings = settings
        self._inbox = inbox
        self._commands: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._woken, self._wake = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._crew = Crew(
            settings, self._selector, said=self._listen, ended=self._ended, failed=self._fail_pending
        )
        self._tasks = TaskNumbers(settings.root, self._crew if settings.method == "fork" else None)
        self._durations = Durations()
        self._kills = KernelKills(everywhere=True)
        self._shared = SharedBuffers()
        self._pending: deque[Call] = deque()
        self._calls: dict[Work, Call] = {}
        self._count = 0
        self._closing = False
        self._over = False

    # From other threads.

    def submit(self, works: Sequence[Work], surroundings: Surroundings) -> None:
        """Take calls."""
        self._post(self._take, works, surroundings)

    def abandon(self, work: Work) -> None:
        """End a call."""
        self._post(self._abandon, work)

    def cancel(self) -> None:
        """Drop calls that no worker has begun."""
        self._post(self._cancel)

    def close(self) -> None:
        """End when all calls have come back."""
        self._post(self._close)

    def abort(self) -> None:
        """End with all that runs."""
        self._post(self._abort)

    def _post(self, command: Callable[..., None], *args: Any) -> None:
        self._commands.append((command, args))
        with suppress(OSError):
            self._wake.send(b".", socket.MSG_DONTWAIT)

    # The loop.

    def run(self) -> None:
        """Serve until all is over."""
        self._selector.register(self._woken, selectors.EVENT_READ, self._obey)
        try:
            while not self._over:
                ahead = any(len(member.calls) > 1 for member in self._crew.members.values())
                if ahead:
                    # Much comes back at a time: to be woken for each would cost more than what it is woken for.
                    sleep(_GATHER_S)
                timeout = STUCK_S / 2 if ahead else self._crew.tidy()
                for key, _events in self._selector.select(timeout):
                    if key.fd in self._selector.get_map():
                        key.data()
                if ahead:
                    self._even_out()
                self._feed()
                if not self._calls:
                    self._shared.clear()
                if self._closing and not self._calls:
                    self._crew.dismiss()
                    self._over = not self._crew.members
        except BaseException as error:
            self._break_down(error)
            raise
        finally:
            self._crew.end(kill=not self._closing)
            self._shared.clear()
            self._selector.close()
            self._woken.close()
            self._wake.close()

    def _obey(self) -> None:
        self._woken.recv(4096)
        while self._commands:
            command, args = self._commands.popleft()
            command(*args)

    # Commands.

    def _take(self, works: Sequence[Work], surroundings: Surroundings) -> None:
        for work in works:
            try:
                task = self._tasks.number(work.task)
            except Exception as error:
                self._inbox.failed(work, error)
                continue
            self._count += 1
            call = self._calls[work] = Call(work, self._count, task, surroundings)
            self._pending.append(call)

    def _abandon(self, work: Work) -> None:
        call = self._calls.pop(work, None)
        if call is None:
            return
        member = call.member
        if member is None:
            self._pending.remove(call)
            return
        waiting = member.take_back()
        if call in waiting:
            waiting.remove(call)
        else:
            del member.calls[call.number]
            self._crew.kill(member)
        self._return(waiting)

    def _cancel(self) -> None:
        dropped = list(self._pending)
        self._pending.clear()
        for member in self._crew.members.values():
            dropped += member.take_back()
        for call in dropped:
            self._deliver(call, Completion(call.work, None, None, "cancelled"))

    def _close(self) -> None:
        self._closing = True

    def _abort(self) -> None:
        self._over = True

    # Calls on their way.

    def _feed(self) -> None:
        pending = self._pending
        now = monotonic()
        while pending:
            members = [member for member in self._crew.serving() if self._has_room(member, now)]
            if not members:
                break
            for member in members:
                if pending:
                    self._give(member, pending.popleft())
        if pending and self._crew.may_grow and self._is_worth_another():
            try:
                self._crew.grow()
            except ExecutorError as error:
                self._fail_pending(error)

    def _has_room(self, member: Member, now: float) -> bool:
        calls = member.calls
        if not calls:
            return True
        expected_s = self._durations.expected_s(self._pending[0].task)
        return (
            member.backlog_s + expected_s <= AHEAD_S and len(calls) < AHEAD and now - member.since_s < STUCK_S
        )

    def _is_worth_another(self) -> bool:
        expected_s = self._durations.expected_s(self._pending[0].task)
        return not self._crew.members or len(self._pending) * expected_s > WORTH_S

    def _give(self, member: Member, call: Call) -> None:
        work = call.work
        most = self._settings.max_calls
        if member.is_outdated(call.task, work.task.fullname) or (
            most is not None and member.served + len(member.calls) >= most
        ):
            self._pending.appendleft(call)
            if self._settings.method == "fork":
                self._crew.renew()
            else:
                member.leave()
            return
        try:
            if call.encoded is None:
                call.encoded = encode_arguments(*work.arguments(), work.task)
            call.expected_s = self._durations.expected_s(call.task)
            given = member.give(call, self._tasks.described(work.task), self._shared)
        except OSError:
            # It has just ended; the nursery will say so.
            member.leaving_s = monotonic()
            given = False
        except Exception as error:
            self._deliver(call, Completion(work, None, error, "error"))
            return
        if not given:
            self._pending.appendleft(call)
            if member.calls:
                # Full: until something comes back.
                member.backlog_s += AHEAD_S

    def _even_out(self) -> None:
        """Take back what waits behind a call that takes long, if somebody else could do it."""
        if self._pending:
            return
        now = monotonic()
        members = self._crew.members.values()
        if not self._crew.may_grow and all(member.calls for member in members):
            return
        for member in members:
            if len(member.calls) > 1 and now - member.since_s > STUCK_S:
                self._return(member.take_back())

    def _return(self, calls: Sequence[Call]) -> None:
        self._pending.extendleft(reversed(calls))

    # What comes back.

    def _listen(self, member: Member) -> None:
        while True:
            try:
                message = member.channel.receive(wait=False)
            except (EOFError, OSError):
                return
            if message is None:
                return
            if message.kind == wire.READY:
                member.ready = True
                member.readers = message.descriptors
                member.since_s = monotonic()
                self._crew.failures = 0
                continue
            call = member.came_back(message.first)
            if message.kind == wire.OUT_OF_MEMORY or message.second:
                # It ends by itself, and makes place for a fresh one.
                member.leaving_s = monotonic()
                self._return(member.take_back())
            if call is None:
                continue
            if message.kind == wire.OUT_OF_MEMORY:
                error = JobMemoryError(f"Task {call.work.task.fullname} ran out of memory.")
                self._deliver(call, Completion(call.work, None, error, "memory"))
            else:
                self._deliver(call, self._decoded(call, message.buffers))

    def _decoded(self, call: Call, buffers: Sequence[memoryview]) -> Completion:
        try:
            completion = decode_outcome(call.work, buffers)
        except Exception as error:
            told = ExecutorError(f"What task {call.work.task.fullname} sent back cannot be read: {error}")
            told.__cause__ = error
            return Completion(call.work, None, told, "error")
        if completion.started:
            self._durations.learn(call.task, (completion.ended - completion.started) / 1e6)
        return completion

    def _deliver(self, call: Call, completion: Completion) -> None:
        if self._calls.pop(call.work, None) is not None:
            self._inbox.put(completion)

    def _ended(self, member: Member, status: int, peak: int) -> None:
        self._return(member.take_back())
        killed_by_kernel = self._kills.any() if status else False
        words = last_words(member.readers, member.secrets)
        for call in member.lost():
            error, cause = fatality(call.work.task.fullname, status, peak, out_of_memory=killed_by_kernel)
            self._deliver(call, Completion(call.work, None, error, cause, outputs=words))

    def _fail_pending(self, error: ExecutorError) -> None:
        pending, self._pending = self._pending, deque()
        for call in pending:
            self._deliver(call, Completion(call.work, None, error, "error"))

    def _break_down(self, error: BaseException) -> None:
        told = ExecutorError(
            f"The executor {self._settings.name!r} came to an end; this is a defect of redun: {error!r}"
        )
        told.__cause__ = error
        for call in list(self._calls.values()):
            self._deliver(call, Completion(call.work, None, told, "lost"))
