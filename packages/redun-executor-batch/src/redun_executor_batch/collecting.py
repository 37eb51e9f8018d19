"""From jobs that have ended to completions: the result, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from redun.executors.base import Completion
from redun.executors.remote.script_job import collect_script
from redun.file import validate
from redun.value.seal import is_external

from redun_executor_batch import logs
from redun_executor_batch.fate import fate_of

if TYPE_CHECKING:
    from redun.executors.remote.exchange import Exchange
    from redun.executors.remote.parcel import Parcel
    from redun.value.seal import Sealed

    from redun_executor_batch.call import Call
    from redun_executor_batch.clients import Clients

__all__ = ["Collector", "Ended"]

Ended = tuple["Call", Mapping[str, Any]]
"""A call and what Batch says of its job, which has ended."""

# What a worker says of its own end; Batch may know who ended it.
_VAGUE = frozenset({"lost", "preempted"})
# An adopted job that ended in one of these ways was ended for reasons of its own scheduler.
_NOT_OURS = frozenset({"cancelled", "lost", "preempted"})


class Collector:
    """Fetches results; safe from any thread.

    Parameters
    ----------
    exchange : Exchange
    clients_of : callable
        From a region to its clients.
    """

    def __init__(self, exchange: Exchange, clients_of: Callable[[str | None], Clients]) -> None:
        self._exchange = exchange
        self._clients_of = clients_of

    def collect(self, ended: Sequence[Ended]) -> Iterator[tuple[Call, Completion | None]]:
        """Yield how each call ended; None for one that is to be submitted anew."""
        bodies = [one for one in ended if not one[0].work.task.script]
        completions = self._exchange.collect_many([(_parcel(call), call.work) for call, _ in bodies])
        for (call, description), completion in zip(bodies, completions, strict=True):
            yield call, self._judge(call, description, completion)
        for call, description in ended:
            if call.work.task.script:
                yield call, self._judge(call, description, collect_script(_parcel(call), call.work))

    def _judge(
        self, call: Call, description: Mapping[str, Any], completion: Completion | None
    ) -> Completion | None:
        tags = _tags(description)
        if completion is not None:
            if call.adopted_us and not _counts(call, completion):
                return None
            completion = completion._replace(tags=(*completion.tags, *tags))
            return _better_told(call, description, completion)
        fate = fate_of(description)
        if call.adopted_us and (fate.cause in _NOT_OURS or _us(description, "stoppedAt") < call.adopted_us):
            return None
        log = logs.tail(self._clients_of(call.options.aws_region), description)
        error = fate.error(call.work.task.fullname, str(description["jobId"]), log)
        started, ended = _us(description, "startedAt"), _us(description, "stoppedAt")
        return Completion(call.work, None, error, fate.cause, started, ended, (), tags)


def _parcel(call: Call) -> Parcel:
    assert call.parcel is not None
    return call.parcel


def _counts(call: Call, completion: Completion) -> bool:
    """Tell whether the outcome of a job that somebody else submitted counts for this call."""
    if completion.sealed is None:
        # An error of an earlier time is not replayed; one that came up while we waited is as good as our own.
        return completion.ended >= call.adopted_us
    return _holds(completion.sealed)


def _better_told(call: Call, description: Mapping[str, Any], completion: Completion) -> Completion:
    """Return a completion that says why the worker was ended, where only Batch knows."""
    if completion.cause not in _VAGUE:
        return completion
    fate = fate_of(description)
    if fate.cause == "lost":
        return completion
    error = fate.error(call.work.task.fullname, str(description["jobId"]))
    return completion._replace(error=error, cause=fate.cause)


def _holds(sealed: Sealed) -> bool:
    values = [part.value for part in sealed.parts]
    if is_external(type(sealed.value)):
        values.append(sealed.value)
    return all(validate(values))


def _tags(description: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    found: list[tuple[str, Any]] = [("aws_batch_job", str(description["jobId"]))]
    streams = logs.streams(description)
    if streams:
        found.append(("aws_log_stream", streams[-1].name))
    return tuple(found)


def _us(description: Mapping[str, Any], time: str) -> int:
    return int(description.get(time) or 0) * 1000
