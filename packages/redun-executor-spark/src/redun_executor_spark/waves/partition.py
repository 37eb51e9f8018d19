"""Runs the calls of one partition, in a Python worker of Spark.

Each call that ends in whatever way has an outcome; those that are not begun when the time of the partition is over have
none, and the scheduler sends them again.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator, Sequence
from time import monotonic, time_ns
from typing import TYPE_CHECKING

from redun.errors import ExecutorError, JobMemoryError, JobTimeoutError, RedunError
from redun.executors.base import Completion
from redun.executors.memory_use import KernelKills
from redun.executors.pool import wire
from redun.executors.pool.fatalities import fatality
from redun.executors.remote.outcome import encode_outcome

from redun_executor_spark.waves.halting import Lookout
from redun_executor_spark.waves.order import Call, Outcome, unpack_calls
from redun_executor_spark.waves.parcels import INLINE, Larder, left
from redun_executor_spark.waves.workplace import workplace

if TYPE_CHECKING:
    from redun.executors.output import Output
    from redun.executors.pool.wire import Message
    from typing_extensions import Buffer

    from redun_executor_spark.waves.body import Body
    from redun_executor_spark.waves.order import Order

__all__ = ["run_calls"]

_AHEAD = 100
_AHEAD_S = 0.01
_WEIGHT = 0.2
_FULL = 64 << 20
"""Bytes of outcomes after which a partition begins no more calls."""

_WAIT_S = 10.0
_ROOM_S = 0.01


def run_calls(order: Order, calls: bytes) -> Iterator[Outcome]:
    """Run packed calls, one after the other, and yield how they ended as they do.

    Parameters
    ----------
    order : Order
    calls : bytes
        See `pack_calls`.
    """
    partition = _Partition(order, unpack_calls(calls))
    try:
        yield from partition.run()
    except BaseException:
        # Nobody takes what comes back any more.
        partition.abandon()
        raise


class _Partition:
    def __init__(self, order: Order, calls: list[Call]) -> None:
        self._order = order
        self._waiting = deque(calls)
        self._workplace = workplace(order)
        self._kills = KernelKills(everywhere=True)
        self._deadline = monotonic() + order.slice_s
        self._lookout = Lookout(order.halt)
        self._larder = Larder()
        self._begun = False
        self._mean_s = _AHEAD_S
        self._size = 0
        self._spoilt = False

    def run(self) -> Iterator[Outcome]:
        waiting = self._waiting
        while waiting and not self._lookout.asked() and not (self._begun and self._is_over()):
            try:
                body = self._workplace.body(self._order)
            except (RedunError, OSError) as error:
                # Nothing can run here.
                while waiting:
                    yield self._failed(waiting.popleft(), error, "error", 0)
                return
            yield from self._serve(body)

    def abandon(self) -> None:
        """End what runs."""
        self._workplace.end_body()

    def _serve(self, body: Body) -> Iterator[Outcome]:
        """Have a process run calls until it ends or there is nothing left for it."""
        while True:
            if self._lookout.asked():
                # What it has not returned by now is nobody's any more.
                yield from [self._came_back(body, message) for message in body.receive(0)]
                if body.calls or self._spoilt or body.ended() is not None:
                    self._workplace.end_body()
                return
            over = self._begun and self._is_over()
            if over:
                self._waiting.extendleft(reversed(body.take_back()))
            else:
                unsent = self._feed(body)
                if unsent is not None:
                    yield unsent
            if not body.calls:
                if over or not self._waiting:
                    return
                if body.ended() is None and self._is_outdated(body):
                    self._workplace.end_body()
                    return
            for message in body.receive(self._lookout.patience_s(self._patience_s(body))):
                yield self._came_back(body, message)
            if body.ended() is not None or self._spoilt:
                yield from self._mourn(body)
                return
            if self._time_is_up(body):
                yield from self._give_up(body)
                return

    def _is_over(self) -> bool:
        return monotonic() >= self._deadline or self._size >= _FULL

    # To the process.

    def _feed(self, body: Body) -> Outcome | None:
        """Send it calls ahead that probably take no time; return the outcome of one that cannot be sent."""
        waiting, sent = self._waiting, body.calls
        while waiting and len(sent) < _AHEAD and (not sent or len(sent) * self._mean_s < _AHEAD_S):
            if self._is_outdated(body):
                break
            call = waiting[0]
            try:
                arguments = self._larder.arguments(call.arguments)
            except (RedunError, OSError) as error:
                return self._failed(waiting.popleft(), error, "error", 0)
            try:
                given = body.give(call, arguments, self._order)
            except OSError:
                # It has just ended.
                break
            if not given:
                break
            self._begun = True
            waiting.popleft()
        return None

    def _is_outdated(self, body: Body) -> bool:
        fullname, digest, _found = self._order.tasks[self._waiting[0].task]
        return body.knows_otherwise(fullname, digest)

    def _patience_s(self, body: Body) -> float:
        now = monotonic()
        if not body.calls:
            return _ROOM_S
        patience = min(_WAIT_S, max(0.0, self._deadline - now)) if len(body.calls) > 1 else _WAIT_S
        timeout = body.calls[0].timeout
        return patience if timeout is None else min(patience, body.since_s + timeout - now)

    # From it.

    def _came_back(self, body: Body, message: Message) -> Outcome:
        took_s = monotonic() - body.since_s
        self._mean_s = (
            took_s if took_s > 5 * self._mean_s else self._mean_s + _WEIGHT * (took_s - self._mean_s)
        )
        call = body.came_back()
        self._spoilt = message.kind == wire.OUT_OF_MEMORY or bool(message.second)
        if message.kind == wire.OUT_OF_MEMORY:
            told = JobMemoryError(
                f"Task {self._name(call)} had no memory left, not even to return its result."
            )
            return self._failed(call, told, "memory", 0)
        return self._outcome(call, message.buffers)

    def _mourn(self, body: Body) -> Iterator[Outcome]:
        """The process has ended: the call that it ran is lost, those that it was sent ahead go to the next one."""
        yield from [self._came_back(body, message) for message in body.receive(0)]
        ended, outputs = body.ended(), body.outputs()
        if self._spoilt:
            # After the call that came back last; it has begun no other.
            self._spoilt = False
            self._waiting.extendleft(reversed(body.calls))
            body.calls.clear()
        self._return(body)
        self._workplace.end_body()
        if body.calls:
            assert ended is not None
            call = body.calls[0]
            status, peak = ended
            error, cause = fatality(self._name(call), status, peak, out_of_memory=self._kills.any())
            yield self._failed(call, error, cause, body.since_s, outputs)

    def _give_up(self, body: Body) -> Iterator[Outcome]:
        """The time of the call that it runs is up."""
        self._return(body)
        self._workplace.end_body()
        call = body.calls[0]
        told = f"Task {self._name(call)} took longer than its timeout of {call.timeout:g} s."
        yield self._failed(call, JobTimeoutError(told), "timeout", body.since_s)

    def _time_is_up(self, body: Body) -> bool:
        timeout = body.calls[0].timeout if body.calls else None
        return timeout is not None and monotonic() >= body.since_s + timeout

    def _return(self, body: Body) -> None:
        """Keep all calls but the first for another process."""
        self._waiting.extendleft(reversed(list(body.calls)[1:]))

    # Outcomes.

    def _name(self, call: Call) -> str:
        return self._order.tasks[call.task][0]

    def _failed(
        self,
        call: Call,
        error: BaseException,
        cause: str,
        since_s: float,
        outputs: list[Output] | None = None,
    ) -> Outcome:
        ended = time_ns() // 1000
        started = ended - round((monotonic() - since_s) * 1e6) if since_s else ended
        completion = Completion(None, None, error, cause, started, ended, outputs or ())  # type: ignore[arg-type]
        self._begun = True
        return self._outcome(call, encode_outcome(completion))

    def _outcome(self, call: Call, buffers: Sequence[Buffer]) -> Outcome:
        size = sum([memoryview(buffer).nbytes for buffer in buffers])
        scratch = self._order.scratch
        if scratch is not None and size > INLINE:
            try:
                return Outcome(call.number, left(buffers, scratch))
            except (RedunError, OSError) as error:
                told = ExecutorError(
                    f"The result of task {self._name(call)}, {size} bytes, could not be left in the scratch folder "
                    f"{scratch} by {socket.gethostname()}: {error}"
                )
                return self._failed(call, told, "error", 0)
        self._size += size
        return Outcome(call.number, [bytes(buffer) for buffer in buffers])
