"""Bodies of async tasks: one event loop, in a thread of its own.

Floor: executors. Imported when the first async task runs, and with it asyncio. Any number of bodies is under way at
once: one that awaits costs no thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import suppress
from threading import Thread
from time import time_ns
from typing import Any

from redun.errors import JobCancelledError
from redun.executors.base import Completion, Inbox, Work
from redun.executors.capture import Slot, slot
from redun.executors.perform import seal_result
from redun.expression.awaiting import evaluation
from redun.value.nested import rebuild, shape_of

__all__ = ["Coroutines"]


class Coroutines:
    """Runs bodies of async tasks.

    Parameters
    ----------
    name : str
        The executor's name.
    inbox : Inbox
        Where their results and demands go.
    """

    def __init__(self, name: str, inbox: Inbox) -> None:
        self._inbox = inbox
        self._loop = asyncio.new_event_loop()
        self._answers = _Answers(self._loop)
        self._bodies: dict[asyncio.Task[None], _Body] = {}
        self._thread = Thread(target=self._serve, name=f"redun-{name}-async", daemon=True)
        self._thread.start()

    def begin(self, works: Sequence[Work]) -> None:
        """Begin calls."""
        self._loop.call_soon_threadsafe(self._begin, works)

    def abandon(self, work: Work) -> None:
        """Cancel the body of a call."""
        self._answers.call(self._abandon, work)

    def stop(self, *, wait: bool) -> None:
        """Cancel what runs and end; with `wait`, return once the bodies have ended."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        if wait:
            self._thread.join()

    def _begin(self, works: Sequence[Work]) -> None:
        for work in works:
            body = _Body(work, self._inbox, self._answers)
            running = self._loop.create_task(body.run())
            # The loop itself keeps no task alive.
            self._bodies[running] = body
            running.add_done_callback(self._bodies.pop)

    def _abandon(self, work: Work) -> None:
        for body in self._bodies.values():
            if body.work is work:
                body.cancel(JobCancelledError("The call was given up."))

    def _serve(self) -> None:
        loop = self._loop
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()


class _Body:
    """One body under way."""

    __slots__ = ("_answers", "_inbox", "_running", "refusal", "work")

    def __init__(self, work: Work, inbox: Inbox, answers: _Answers) -> None:
        self.work = work
        self.refusal: JobCancelledError | None = None
        self._inbox = inbox
        self._answers = answers
        self._running: asyncio.Task[Any] | None = None

    async def run(self) -> None:
        """Run the body and deliver how it ended."""
        self._running = asyncio.current_task()
        evaluation.set(self._evaluate)
        # Each asyncio task has a context of its own, inherited by those that the body starts.
        output = Slot()
        output.active = True
        slot.set(output)
        started = time_ns() // 1000
        work = self.work
        try:
            work.began()
            args, kwargs = work.arguments()
            value = await work.task.func(*args, **kwargs)
        except BaseException as error:
            # A cancellation that nobody asked for is the body's own, like SystemExit and KeyboardInterrupt.
            completion = Completion(work, None, error, "error", started, time_ns() // 1000)
        else:
            completion = seal_result(work, value, started, time_ns() // 1000)
        if self.refusal is not None:
            # Whatever it made of the cancellation is not what it would have returned.
            completion = Completion(work, None, self.refusal, "cancelled", started, time_ns() // 1000)
        self._inbox.put(completion._replace(outputs=output.take()))

    def cancel(self, error: JobCancelledError) -> None:
        """Have the body cancelled, in the loop's thread."""
        self.refusal = error
        if self._running is not None:
            self._running.cancel()

    def _evaluate(self, expression: Any) -> Generator[Any, None, Any]:
        # A body may run expressions in a loop of its own, in another thread: the answer goes where the await is.
        future = asyncio.get_running_loop().create_future()
        wish = _Wish(self, expression, future, self._answers)
        self._inbox.put(wish)
        try:
            value = yield from future
        except asyncio.CancelledError:
            wish.withdrawn = True
            self._inbox.put(wish)
            raise
        # Others may hold the same list; what this body does to its own is nobody else's concern.
        return value if shape_of(value.__class__) is None else rebuild(value, {})


class _Wish:
    """A `Demand`: one await."""

    __slots__ = ("_answers", "_body", "_future", "expression", "withdrawn")

    def __init__(self, body: _Body, expression: Any, future: asyncio.Future[Any], answers: _Answers) -> None:
        self._body = body
        self._future = future
        self._answers = answers
        self.expression = expression
        self.withdrawn = False

    @property
    def work(self) -> Work:
        return self._body.work

    def give(self, value: Any) -> None:
        self._answers.put(self._future, value, None)

    def fail(self, error: BaseException) -> None:
        self._answers.put(self._future, None, error)

    def cancel(self, error: JobCancelledError) -> None:
        self._answers.call(self._body.cancel, error)
        # What the body has started and left behind waits by itself.
        self._answers.withdraw(self._future)


class _Answers:
    """Answers on their way into the event loop: it is woken once for all that come together."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._woken = False

    def put(self, future: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
        """Answer an await."""
        loop = future.get_loop()
        if loop is not self._loop:
            # Closed before the answer came: its body went on without it.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_answer, future, value, error)
            return
        self._waiting.append((future, value, error))
        if not self._woken:
            self._woken = True
            self.call(self._deliver)

    def withdraw(self, future: asyncio.Future[Any]) -> None:
        """Cancel an await."""
        with suppress(RuntimeError):
            future.get_loop().call_soon_threadsafe(future.cancel)

    def call(self, function: Any, *args: Any) -> None:
        """Call a function in the loop's thread, unless the loop has ended."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *args)

    def _deliver(self) -> None:
        # First: an answer that is put from now on either is seen below or wakes the loop again.
        self._woken = False
        while self._waiting:
            _answer(*self._waiting.popleft())


def _answer(future: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(value)
        return
    if isinstance(error, StopIteration):
        # Python lets none into a coroutine, and before 3.12 not even into a future.
        wrapped = RuntimeError(f"What was awaited raised StopIteration({error.value!r}).")
        wrapped.__cause__ = error
        error = wrapped
    future.set_exception(error)
