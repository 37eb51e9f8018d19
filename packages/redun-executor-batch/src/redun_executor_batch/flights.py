"""Jobs of Batch in flight: which to ask about, and what the answers say of the calls behind them.

Pure: it neither asks nor waits. An array is asked about as one job; its children only when its counts have changed, so
that a thousand jobs that wait cost one look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from redun_executor_batch.call import Call
from redun_executor_batch.fate import State, state_of

__all__ = ["Flight", "Flights", "Sight", "child_id"]

# Batch may know a job a little later than it gave its id, and forgets it days after its end.
_MISSED = 5


@attrs.define(eq=False)
class Flight:
    """A job: a single one, or an array.

    Attributes
    ----------
    job_id : str
    region : str
        Where to ask.
    calls : dict of int to Call
        Those that have not come back, by their index in the array; 0 for a single job.
    is_array : bool
    """

    job_id: str
    region: str
    calls: dict[int, Call]
    is_array: bool = False
    _counts: Mapping[str, int] | None = None
    _missed: int = 0


@attrs.frozen
class Sight:
    """What a look has shown.

    Attributes
    ----------
    ended : list of (Call, mapping)
        Calls whose job has ended, with its description; they are no longer in flight.
    begun : list of Call
        Calls whose body has begun.
    waiting : list of Call
        Calls to be dropped whose body has not begun.
    children : list of str
        Ids of children to be asked about before the next look.
    """

    ended: list[tuple[Call, Mapping[str, Any]]] = attrs.Factory(list)
    begun: list[Call] = attrs.Factory(list)
    waiting: list[Call] = attrs.Factory(list)
    children: list[str] = attrs.Factory(list)

    @property
    def changed(self) -> bool:
        """Something has happened."""
        return bool(self.ended or self.begun or self.waiting)


def child_id(parent: str, index: int) -> str:
    """Return the id of a job of an array."""
    return f"{parent}:{index}"


class Flights:
    """All jobs in flight."""

    def __init__(self) -> None:
        self._flights: dict[str, Flight] = {}

    def __bool__(self) -> bool:
        return bool(self._flights)

    def add(self, job_id: str, region: str, calls: Mapping[int, Call], *, is_array: bool = False) -> None:
        """Follow a job."""
        flight = self._flights.get(job_id)
        if flight is None:
            self._flights[job_id] = Flight(job_id, region, dict(calls), is_array)
        else:
            # More calls were attached to an array that is followed already.
            flight.calls.update(calls)
            flight._counts = None

    def remove(self, call: Call) -> bool:
        """Follow a call no more; False if it was not followed."""
        parent, index = _parts(call.job_id)
        flight = self._flights.get(parent)
        if flight is None or flight.calls.get(index) is not call:
            return False
        del flight.calls[index]
        if not flight.calls:
            del self._flights[parent]
        return True

    def ids(self) -> dict[str, list[str]]:
        """Return the ids to ask about, by region."""
        found: dict[str, list[str]] = {}
        for flight in self._flights.values():
            found.setdefault(flight.region, []).append(flight.job_id)
        return found

    def in_region(self, region: str) -> list[Call]:
        """Return the calls that are followed in a region."""
        return [
            call
            for flight in self._flights.values()
            if flight.region == region
            for call in flight.calls.values()
        ]

    def region_of(self, job_id: str) -> str:
        """Return the region of a job that is followed, or of a child of one."""
        return self._flights[_parts(job_id)[0]].region

    def take_in(self, asked: Sequence[str], descriptions: Iterable[Mapping[str, Any]]) -> Sight:
        """Take the answers to a look.

        Parameters
        ----------
        asked : sequence of str
            The ids that were asked about.
        descriptions : iterable of mapping
            What Batch answered; jobs that it does not know are missing.
        """
        sight = Sight()
        known = {str(description["jobId"]): description for description in descriptions}
        for parent in {_parts(job_id)[0] for job_id in asked if job_id not in known}:
            if parent in self._flights:
                self._flights[parent]._missed += 1
        for job_id in asked:
            parent, index = _parts(job_id)
            flight = self._flights.get(parent)
            if flight is None:
                continue
            description = known.get(job_id)
            if description is None:
                self._missing(flight, job_id, index, sight)
            elif flight.is_array and job_id == parent:
                _look_into(flight, description, sight)
            elif index in flight.calls:
                self._judge(flight.calls[index], description, sight)
        return sight

    def _judge(self, call: Call, description: Mapping[str, Any], sight: Sight) -> None:
        state = state_of(description)
        if state is State.ENDED:
            self.remove(call)
            sight.ended.append((call, description))
        elif state is State.RUNNING:
            if not call.runs:
                call.runs = True
                sight.begun.append(call)
        elif call.cancelled:
            self.remove(call)
            sight.waiting.append(call)

    def _missing(self, flight: Flight, job_id: str, index: int, sight: Sight) -> None:
        if flight._missed < _MISSED:
            return
        gone = {"jobId": job_id, "status": "FAILED", "statusReason": "Batch does not know this job any more"}
        of_child = flight.is_array and job_id != flight.job_id
        for call in (
            [flight.calls[index]] if of_child and index in flight.calls else list(flight.calls.values())
        ):
            self.remove(call)
            sight.ended.append((call, gone))


def _look_into(flight: Flight, description: Mapping[str, Any], sight: Sight) -> None:
    flight._missed = 0
    summary = (description.get("arrayProperties") or {}).get("statusSummary")
    counts = dict(summary) if summary is not None else None
    dropping = any(call.cancelled and not call.runs for call in flight.calls.values())
    ended = state_of(description) is State.ENDED
    if counts is not None and counts == flight._counts and not dropping and not ended:
        return
    flight._counts = counts
    if counts and not dropping and not ended and not _has_begun(counts):
        return
    sight.children.extend(child_id(flight.job_id, index) for index in flight.calls)


def _has_begun(counts: Mapping[str, int]) -> bool:
    return any(counts.get(status) for status in ("RUNNING", "SUCCEEDED", "FAILED"))


def _parts(job_id: str) -> tuple[str, int]:
    parent, _, index = job_id.partition(":")
    return parent, int(index or 0)
