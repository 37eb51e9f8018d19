"""The thread that plans Spark jobs of the calls for one application, and takes what comes back.

All state is this thread's own; others leave it commands. What a failed job has not delivered is sent again in smaller
jobs, so that a call which takes down whatever it runs on is alone in the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from itertools import islice
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from redun.errors import JobCancelledError, JobLostError, RedunError
from redun.executors.base import Completion
from redun.executors.remote.outcome import decode_outcome
from redun.logging import logger

from redun_executor_spark.fate import fate_of
from redun_executor_spark.waves.halting import GRACE_S, Halt
from redun_executor_spark.waves.hold import Hold
from redun_executor_spark.waves.jobs import Job, Sent
from redun_executor_spark.waves.order import unpack_outcomes
from redun_executor_spark.waves.packing import packed
from redun_executor_spark.waves.parcels import Parcels, fetched, own_folder, remove, remove_folder
from redun_executor_spark.waves.sizing import Experience, plan, slice_s

if TYPE_CHECKING:
    from redun.executors.base import Inbox, Work

    from redun_executor_spark.waves.carrier import Carrier
    from redun_executor_spark.waves.order import Outcome
    from redun_executor_spark.waves.orders import Orders

__all__ = ["Crew"]

_FULL = 2
"""Partitions for each core, under way, beyond which calls wait until fewer are."""

_MOST = 3
"""Partitions for each core, under way, at most."""

_LEAST_JOBS = 16
"""Jobs under way at most, on applications with fewer cores."""

_LOOKED_AT = 20_000
_SHARES = 8
_AGAIN_S = 0.5
_TRANSIENT = ("lost", "memory", "preempted")


class Crew(Thread):
    """Runs calls on one Spark application.

    Parameters
    ----------
    name : str
        The executor's name.
    use : callable
        Returns a context in which the application runs, and that gives its carrier.
    orders : Orders
        Knows what workers must be told.
    inbox : Inbox
        Where results go.
    scratch : str or None
        A folder that workers share with this process.
    """

    def __init__(
        self,
        name: str,
        use: Callable[[], AbstractContextManager[Carrier]],
        orders: Orders,
        inbox: Inbox,
        scratch: str | None,
    ) -> None:
        super().__init__(name=f"redun-{name}-waves", daemon=True)
        self._use = use
        self._orders = orders
        self._inbox = inbox
        self._scratch = scratch
        self._commands: SimpleQueue[tuple[Any, ...]] = SimpleQueue()
        self._experience = Experience()
        self._pending: deque[Sent] = deque()
        self._again: deque[Sent] = deque()
        self._calls: dict[Work, Sent] = {}
        self._jobs: set[Job] = set()
        self._count = 0
        self._hold: Hold | None = None
        self._carrier: Carrier | None = None
        self._parcels = Parcels(None)
        self._own_folder: str | None = None
        self._cancelled = False
        self._patient_until_s = 0.0
        self._closing = False
        self._over = False

    # From other threads.

    def submit(self, works: Sequence[Work]) -> None:
        """Take calls."""
        self._post("take", works)

    def abandon(self, work: Work) -> None:
        """Want nothing of a call any more."""
        self._post("abandon", work)

    def cancel(self) -> None:
        """Cancel what has not ended."""
        self._post("cancel")

    def close(self) -> None:
        """End when all calls have come back."""
        self._post("close")

    def abort(self) -> None:
        """End with all that runs."""
        self._post("abort")

    def _post(self, command: str, *arguments: Any) -> None:
        self._commands.put((command, *arguments))

    # The loop.

    def run(self) -> None:
        """Serve until told to end."""
        while not self._over:
            try:
                if not self._calls and not self._jobs:
                    self._let_go()
                    if self._closing:
                        return
                elif self._hold is None:
                    self._hold = Hold(self._use, self._post)
                self._feed()
                self._obey(_AGAIN_S if self._cancelled and self._jobs else None)
                if self._cancelled and monotonic() >= self._patient_until_s:
                    self._cancel_jobs()
            except Exception as error:
                # Whoever waits for these calls must not wait for ever.
                logger.exception("The calls that were sent to Spark are given up.")
                self._refused(error)
        self._cancel_jobs()
        self._let_go()

    def _feed(self) -> None:
        carrier = self._carrier
        if carrier is None or not (self._pending or self._again):
            return
        try:
            cores = max(1, carrier.cores())
            while (self._pending or self._again) and len(self._jobs) < max(_LEAST_JOBS, cores):
                under_way = sum([job.open for job in self._jobs])
                if under_way >= _FULL * cores:
                    return
                self._begin(carrier, cores, _MOST * cores - under_way)
        except Exception as error:
            # The application has gone.
            self._refused(error)

    def _let_go(self) -> None:
        hold, self._hold, self._carrier = self._hold, None, None
        if hold is not None:
            hold.released.set()
        if self._own_folder is not None:
            remove_folder(self._own_folder)

    def _obey(self, wait_s: float | None) -> None:
        """Wait for commands, and do all that there are."""
        with suppress(Empty):
            command, *arguments = self._commands.get(timeout=wait_s)
            while True:
                getattr(self, f"_{command}")(*arguments)
                command, *arguments = self._commands.get_nowait()

    def _cancel_jobs(self) -> None:
        for job in self._jobs:
            with suppress(Exception):
                # It goes on to its end then, as when nobody had cancelled it.
                job.cancel()

    # Commands.

    def _held(self, hold: Hold, carrier: Carrier) -> None:
        """The application is there."""
        if hold is self._hold:
            self._carrier = carrier
            self._parcels.folder = self._shared_folder(carrier)

    def _shared_folder(self, carrier: Carrier) -> str | None:
        if carrier.together:
            return f"{self._orders.folder}/spark"
        if self._scratch is not None and self._own_folder is None:
            self._own_folder = own_folder(self._scratch)
        return self._own_folder

    def _not_held(self, hold: Hold, error: BaseException) -> None:
        if hold is self._hold:
            self._refused(error)

    def _take(self, works: Sequence[Work]) -> None:
        self._cancelled = self._cancelled and bool(self._calls)
        for work in works:
            try:
                task, batch = self._orders.number(work.task), self._orders.batch(work)
            except Exception as error:
                self._inbox.failed(work, error)
                continue
            self._count += 1
            call = self._calls[work] = Sent(work, self._count, task, batch)
            self._pending.append(call)

    def _abandon(self, work: Work) -> None:
        self._calls.pop(work, None)

    def _cancel(self) -> None:
        self._cancelled = True
        asked = [job.halt() for job in self._jobs]
        if any(asked):
            self._patient_until_s = monotonic() + GRACE_S
        for call in [*self._pending, *self._again]:
            self._deliver(call, Completion(call.work, None, None, "cancelled"))
        self._pending.clear()
        self._again.clear()

    def _close(self) -> None:
        self._closing = True

    def _abort(self) -> None:
        self._over = True

    # Calls on their way.

    def _begin(self, carrier: Carrier, cores: int, most: int) -> None:
        """Start a job of as many calls as make sense."""
        if self._again:
            waiting, limit = self._again, self._again[0].fellows or 1
        else:
            waiting, limit = self._pending, _LOOKED_AT
        batch = waiting[0].batch
        chosen: list[Sent] = []
        for call in islice(waiting, limit):
            if call.batch is not batch:
                break
            chosen.append(call)
        expected = [self._experience.expected_s(call.work.task.digest) for call in chosen]
        sizes = plan(expected, cores, most) if waiting is self._pending else [1] * len(chosen)
        partitions: list[tuple[bytes, Sequence[Sent]]] = []
        for size in sizes:
            calls = [waiting.popleft() for _ in range(size)]
            partitions += packed(self._wanted(calls), self._parcels, self._refuse)
        if not partitions:
            return
        numbers = [call.task for _, calls in partitions for call in calls]
        folder = self._parcels.folder
        halt = Halt(folder)
        order = batch.order(numbers, slice_s(expected[: sum(sizes)]), folder, halt.path, carrier.ship)
        job = Job(carrier, order, partitions, halt, self._post)
        self._jobs.add(job)
        job.start()

    def _refuse(self, call: Sent, error: Exception) -> None:
        self._deliver(call, Completion(call.work, None, error, "error"))

    # What comes back.

    def _delivered(self, job: Job, partition: int, outcomes: bytes, last: bool) -> None:
        sent = job.partitions[partition]
        for outcome in unpack_outcomes(outcomes):
            call = sent.pop(outcome.number, None)
            if call is not None:
                self._came_back(call, outcome, job)
        if last:
            job.open -= 1
            # Not begun, for the time of the partition was over.
            self._send_again(self._pending, list(sent.values()))
            sent.clear()

    def _came_back(self, call: Sent, outcome: Outcome, job: Job) -> None:
        buffers = outcome.buffers
        if call.work not in self._calls:
            if isinstance(buffers, str):
                remove(buffers)
            self._dispose(call)
            return
        try:
            if isinstance(buffers, str):
                url, buffers = buffers, fetched(buffers, "The result")
                remove(url)
            completion = decode_outcome(call.work, buffers)
        except (RedunError, OSError) as error:
            told = f"The result of task {call.work.task.fullname} at {buffers!s:.200} cannot be read: {error}"
            completion = Completion(call.work, None, JobLostError(told), "lost")
        text = getattr(completion.error, "__redun_traceback__", None)
        if text is not None:
            completion.error.__redun_traceback__ = call.batch.as_here(text)  # type: ignore[union-attr]
        if completion.started:
            self._experience.learn(call.work.task.digest, (completion.ended - completion.started) / 1e6)
        self._deliver(call, completion._replace(tags=[*completion.tags, *job.tags]))

    def _ended(self, job: Job, error: BaseException | None) -> None:
        self._jobs.discard(job)
        left = self._wanted(job.left())
        if not left:
            return
        if self._cancelled or self._over:
            for call in left:
                told = JobCancelledError(f"Task {call.work.task.fullname}: its Spark job was cancelled.")
                self._deliver(call, Completion(call.work, None, told, "cancelled"))
            return
        if error is None:
            error = JobLostError("Spark has ended a job without all of its results.")
        cause = fate_of(error, task="").cause if not isinstance(error, JobLostError) else "lost"
        if cause in _TRANSIENT and len(left) > 1:
            for call in left:
                call.fellows = max(1, job.size // _SHARES)
            self._send_again(self._again, left)
            return
        for call in left:
            fate = fate_of(error, task=call.work.task.fullname)
            self._deliver(call, Completion(call.work, None, fate.error, cause, tags=job.tags))

    def _wanted(self, calls: Iterable[Sent]) -> list[Sent]:
        found = []
        for call in calls:
            if call.work in self._calls:
                found.append(call)
            else:
                self._dispose(call)
        return found

    def _dispose(self, call: Sent) -> None:
        """Remove what lies in the scratch folder for a call."""
        self._parcels.release(call.parcels)
        call.parcels = ()

    def _send_again(self, queue: deque[Sent], calls: Sequence[Sent]) -> None:
        calls = self._wanted(calls)
        if self._cancelled:
            for call in calls:
                self._deliver(call, Completion(call.work, None, None, "cancelled"))
        else:
            queue.extendleft(reversed(calls))

    def _refused(self, error: BaseException) -> None:
        """The application cannot be had, or has gone: no call can run."""
        self._let_go()
        self._pending.clear()
        self._again.clear()
        self._jobs.clear()
        for call in list(self._calls.values()):
            fate = fate_of(error, task=call.work.task.fullname)
            self._deliver(call, Completion(call.work, None, fate.error, fate.cause))

    def _deliver(self, call: Sent, completion: Completion) -> None:
        self._dispose(call)
        if self._calls.pop(call.work, None) is not None and not self._over:
            self._inbox.put(completion)
