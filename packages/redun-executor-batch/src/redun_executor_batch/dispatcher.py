"""The executor's own thread: it knows of every call how far it has come, and alone changes that.

Whatever takes time is done by other threads, which post what came of it. So there is one place where a call comes back,
and it comes back once.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic, time_ns
from typing import TYPE_CHECKING, Any

from redun.executors.base import Completion
from redun.logging import logger

from redun_executor_batch.call import Call, Stage
from redun_executor_batch.denials import is_denied
from redun_executor_batch.flights import Flights, child_id
from redun_executor_batch.grouping import ArrayRule, Grouping
from redun_executor_batch.pacing import Pace
from redun_executor_batch.sending import short_id
from redun_executor_batch.watching import Answer, describe

if TYPE_CHECKING:
    from redun.executors.base import Inbox, Work

    from redun_executor_batch.adoption import Found
    from redun_executor_batch.collecting import Ended
    from redun_executor_batch.office import Office
    from redun_executor_batch.sending import Sent

__all__ = ["Dispatcher"]

_THREADS = 16
# So many results are fetched by one thread, in parallel as the exchange sees fit.
_COLLECTED_AT_ONCE = 200
# A refusal that lasts for so many looks in a row is taken for an answer.
_PATIENCE = 10
# So long an interrupt waits for Batch to say which jobs have begun.
_SETTLING_S = 10.0


class Dispatcher:
    """Takes calls until it is stopped.

    Parameters
    ----------
    name : str
        The executor's.
    inbox : Inbox
    office : Office
        Does what takes time.
    interval_s : float
        Between looks at the jobs in flight.
    """

    def __init__(self, name: str, inbox: Inbox, office: Office, interval_s: float) -> None:
        # A daemon: the end of the process must not wait for jobs that run elsewhere.
        self._thread = Thread(target=self._run, name=f"redun-{name}", daemon=True)
        self._executor = name
        self._inbox = inbox
        self._office = office
        self._posted: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._pool = ThreadPoolExecutor(_THREADS, f"redun-{name}-io")
        # Of its own, or a thousand jobs that are being sent would keep those in flight from being looked at.
        self._lookout = ThreadPoolExecutor(1, f"redun-{name}-look")
        self._calls: dict[Work, Call] = {}
        self._grouping: Grouping[Any, Call] = Grouping()
        self._flights = Flights()
        self._pace = Pace(interval_s)
        self._next_look = 0.0
        self._looking = False
        self._refusals: dict[str, int] = {}
        self._settling: list[Event] = []
        self._stopping = False
        self._left = False
        # A script need not close its scheduler.
        atexit.register(self._part)

    # From any thread.

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self) -> None:
        """Return when all calls have come back; after `stop`."""
        self._thread.join()

    def take(self, works: Sequence[tuple[Call, ArrayRule | None]]) -> None:
        """Take calls, each with the rule by which it may be joined with others."""
        self._post(self._take, works)

    def cancel(self) -> None:
        """Drop what has not begun; return when that is done, or after some seconds.

        A script that Ctrl+C ends may leave nobody who could do it later: the pools take nothing any more once the
        interpreter ends.
        """
        settled = Event()
        self._post(self._cancel, settled)
        settled.wait(_SETTLING_S)

    def abandon(self, work: Work) -> None:
        """End the job of a call; nothing is wanted from it."""
        self._post(self._abandon, work)

    def stop(self, *, wait: bool) -> None:
        """End when all calls have come back; without `wait` at once, and jobs in flight stay there."""
        if not wait:
            self._office.ending.set()
        self._post(self._wind_up, wait)

    def _post(self, do: Callable[..., None], *args: Any) -> None:
        self._posted.put(partial(do, *args))

    # The thread.

    def _run(self) -> None:
        """Work until there is nothing left to do and the executor was stopped."""
        while not (self._left or (self._stopping and not self._calls)):
            self._do_posted()
            if self._settling:
                self._settle()
            now = monotonic()
            for calls in self._grouping.complete(now):
                self._send(calls)
            if self._flights and not self._looking and now >= self._next_look:
                self._look(self._flights.ids())
        self._pool.shutdown(wait=False, cancel_futures=self._left)
        self._lookout.shutdown(wait=False, cancel_futures=True)
        self._part()
        atexit.unregister(self._part)

    def _part(self) -> None:
        """Take down that nothing is left to be collected, if that is so."""
        if not self._calls:
            self._office.close()

    def _do_posted(self) -> None:
        timeout = self._wait_s()
        try:
            do = self._posted.get(timeout=timeout) if timeout != 0.0 else self._posted.get_nowait()
            while True:
                do()
                do = self._posted.get_nowait()
        except Empty:
            return

    def _wait_s(self) -> float | None:
        now = monotonic()
        waits = [self._grouping.wait_s(now)]
        if self._flights and not self._looking:
            waits.append(max(0.0, self._next_look - now))
        known = [wait for wait in waits if wait is not None]
        return min(known) if known else None

    def _do(self, pool: ThreadPoolExecutor, calls: Sequence[Call], what: Callable[[], None]) -> None:
        """Have something done by another thread; if it fails, so do the calls that it is for."""

        def done() -> None:
            try:
                what()
            except BaseException as error:
                self._post(self._fail, calls, error)

        pool.submit(done)

    # Taking calls.

    def _take(self, taken: Sequence[tuple[Call, ArrayRule | None]]) -> None:
        queues: dict[tuple[str | None, str, str], list[tuple[Call, ArrayRule | None]]] = {}
        for call, rule in taken:
            self._calls[call.work] = call
            options = call.options
            place = (options.aws_region, options.queue, options.job_name_prefix)
            queues.setdefault(place, []).append((call, rule))
        for members in queues.values():
            calls = [call for call, _ in members]
            self._do(self._pool, calls, partial(self._find_earlier, members))

    def _find_earlier(self, members: Sequence[tuple[Call, ArrayRule | None]]) -> None:
        found = self._office.earlier([call for call, _ in members])
        self._post(self._sort, members, found)

    def _sort(self, members: Sequence[tuple[Call, ArrayRule | None]], found: Mapping[Call, Found]) -> None:
        for call, rule in members:
            if call in found:
                self._attach(call, found[call])
            else:
                self._group(call, rule)

    def _attach(self, call: Call, found: Found) -> None:
        call.adopted_us = time_ns() // 1000
        call.parcel = self._office.parcel_at(found.url)
        call.job_id = found.job_id if found.index is None else child_id(found.job_id, found.index)
        logger.info(
            "Executor[%s]: reuniting redun job %s (%s) with AWS Batch job %s",
            self._executor,
            short_id(call.work.job_id),
            call.work.task.fullname,
            call.job_id,
        )
        self._fly(found.job_id, {found.index or 0: call}, is_array=found.index is not None)

    def _group(self, call: Call, rule: ArrayRule | None) -> None:
        if call.unwanted:
            self._drop(call)
        elif rule is None:
            self._send([call])
        else:
            call.stage = Stage.GROUPED
            key = (call.work.task.fullname, call.work.task.digest, call.options, rule)
            self._grouping.add(key, call, rule, monotonic())

    # Submitting.

    def _send(self, calls: list[Call]) -> None:
        for call in calls:
            call.stage = Stage.SENDING
        self._do(self._pool, calls, partial(self._submit, calls))

    def _submit(self, calls: list[Call]) -> None:
        if any(call.unwanted for call in calls):
            self._post(self._sort_out, calls)
            return
        self._post(self._submitted, calls, self._office.send(calls))

    def _sort_out(self, calls: list[Call]) -> None:
        for call in calls:
            if call.unwanted:
                self._drop(call)
        wanted = [call for call in calls if not call.unwanted]
        if wanted:
            self._send(wanted)

    def _submitted(self, calls: list[Call], sent: Sent) -> None:
        is_array = len(calls) > 1
        for index, (call, parcel) in enumerate(zip(calls, sent.parcels, strict=True)):
            call.parcel = parcel
            call.job_id = child_id(sent.job_id, index) if is_array else sent.job_id
        self._fly(sent.job_id, dict(enumerate(calls)), is_array=is_array)
        for call in calls:
            if call.given_up:
                self._let_go(call)
            elif call.cancelled:
                # It may have begun: a job whose submission was not answered is found later.
                self._next_look = 0.0

    def _fly(self, job_id: str, calls: Mapping[int, Call], *, is_array: bool) -> None:
        for call in calls.values():
            call.stage = Stage.FLYING
        region = next(iter(calls.values())).options.aws_region or ""
        soon = monotonic() + self._pace.hurry()
        self._next_look = min(self._next_look, soon) if self._flights else soon
        self._flights.add(job_id, region, calls, is_array=is_array)

    # Watching.

    def _look(self, ids: Mapping[str, Sequence[str]]) -> None:
        self._looking = True
        self._lookout.submit(self._ask, ids)

    def _ask(self, ids: Mapping[str, Sequence[str]]) -> None:
        answers: dict[str, Answer] = {}
        for region, some in ids.items():
            try:
                answers[region] = describe(self._office.clients_of(region or None), some)
            except Exception as error:
                answers[region] = Answer(problem=error)
        self._post(self._seen, answers)

    def _seen(self, answers: Mapping[str, Answer]) -> None:
        self._looking = False
        children: dict[str, list[str]] = {}
        changed = throttled = False
        for region, answer in answers.items():
            sight = self._flights.take_in(answer.asked, answer.descriptions)
            for call in sight.begun:
                call.work.began()
            for call in sight.waiting:
                self._end(call)
                self._drop(call)
            self._collect(sight.ended)
            if sight.children:
                children[region] = sight.children
            changed = changed or sight.changed
            throttled = throttled or answer.throttled or answer.problem is not None
            self._note(region, answer)
        wait_s = self._pace.throttled() if throttled else self._pace.looked(changed=changed)
        self._next_look = monotonic() + wait_s
        if children and not throttled:
            self._look(children)

    def _note(self, region: str, answer: Answer) -> None:
        problem = answer.problem
        if problem is None:
            self._refusals.pop(region, None)
            return
        count = self._refusals[region] = self._refusals.get(region, 0) + 1
        cause = problem.__cause__ or problem
        refused = hasattr(cause, "response")
        if count == 1:
            logger.warning("Executor[%s]: %s Trying again.", self._executor, problem)
        # A network that is down may come back, and jobs go on meanwhile; a refusal hardly changes.
        if refused and (is_denied(cause) or count >= _PATIENCE):
            for call in self._flights.in_region(region):
                self._flights.remove(call)
                self._fail([call], problem)

    # Coming back.

    def _collect(self, ended: Sequence[Ended]) -> None:
        for call, _ in ended:
            call.stage = Stage.COLLECTING
        for start in range(0, len(ended), _COLLECTED_AT_ONCE):
            some = ended[start : start + _COLLECTED_AT_ONCE]
            self._do(self._pool, [call for call, _ in some], partial(self._fetch, some))

    def _fetch(self, ended: Sequence[Ended]) -> None:
        for call, completion in self._office.collect(ended):
            self._post(self._came_back, call, completion)

    def _came_back(self, call: Call, completion: Completion | None) -> None:
        if self._calls.get(call.work) is not call:
            return
        if completion is None and not call.unwanted:
            logger.info(
                "Executor[%s]: AWS Batch job %s left nothing to reunite with; submitting again",
                self._executor,
                call.job_id,
            )
            call.adopted_us, call.job_id, call.parcel, call.runs = 0, "", None, False
            self._send([call])
            return
        del self._calls[call.work]
        if not call.given_up:
            self._inbox.put(completion or Completion(call.work, None, None, "cancelled"))

    def _fail(self, calls: Iterable[Call], error: BaseException) -> None:
        for call in calls:
            self._came_back(call, Completion(call.work, None, error, "error"))

    def _drop(self, call: Call) -> None:
        """Bring back a call that is not to run."""
        if self._calls.pop(call.work, None) is not None and not call.given_up:
            self._inbox.put(Completion(call.work, None, None, "cancelled"))

    # Ending.

    def _cancel(self, settled: Event) -> None:
        for call in self._grouping.drop():
            call.cancelled = True
            self._drop(call)
        for call in self._calls.values():
            call.cancelled = True
        self._next_look = 0.0
        self._settling.append(settled)

    def _settle(self) -> None:
        """Let those go on who wait for what has not begun to be dropped, if it is."""
        if not any(call.may_wait for call in self._calls.values()):
            for settled in self._settling:
                settled.set()
            self._settling.clear()

    def _abandon(self, work: Work) -> None:
        call = self._calls.get(work)
        if call is None:
            return
        call.given_up = True
        if call.stage is Stage.GROUPED:
            self._grouping.remove(call)
            self._drop(call)
        elif call.stage is Stage.FLYING:
            self._let_go(call)
        elif call.stage is Stage.COLLECTING:
            self._drop(call)

    def _let_go(self, call: Call) -> None:
        """End the job of a call in flight, and follow it no more."""
        self._end(call)
        self._flights.remove(call)
        self._drop(call)

    def _end(self, call: Call) -> None:
        """Have the job of a call ended; one that somebody else submitted only if the call's time is up."""
        if call.job_id and (call.given_up or not call.adopted_us):
            reason = "its time is up (redun)" if call.given_up else "cancelled by redun"
            region = call.options.aws_region
            self._pool.submit(self._office.terminate, region, [call.job_id], reason)

    def _wind_up(self, wait: bool) -> None:
        self._stopping = True
        self._left = self._left or not wait
