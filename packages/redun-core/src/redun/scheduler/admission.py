"""Admission: who may hold how much of what is scarce.

Floor: scheduler. Named limits and the cores and memory of an executor are resources with a capacity; a request asks for
units of some of them, gets all or none, and gives them back once.

The rule of fairness: requests are served in the order in which they came, but one that fits may overtake those that do
not fit yet. After `OVERTAKEN` times the one that waits longest for a resource has its turn: until it is served, nobody
else is who wants anything it wants.

Requests for the same form a line, and each line stands at one resource of which there is not enough. When units come
back, only the lines at their resources are looked at, oldest first and at most `WINDOW` in vain: the cost does not grow
with the number of requests that wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from fractions import Fraction

__all__ = ["OVERTAKEN", "WINDOW", "Admission", "Impossible", "Request"]

OVERTAKEN = 10
"""How many later requests may be served before the one that waits longest."""

WINDOW = 64
"""How many lines are looked at in vain when units come back."""

Holder = TypeVar("Holder")
_Units: TypeAlias = "int | Fraction"
_Kind = tuple[tuple[Hashable, object], ...]


class Impossible(Exception):
    """More is asked for than there will ever be."""

    def __init__(self, resource: Hashable, units: float, capacity: float) -> None:
        super().__init__(resource, units, capacity)
        self.resource, self.units, self.capacity = resource, units, capacity


class Request(Generic[Holder]):
    """What somebody asks for, and holds once it is served."""

    __slots__ = ("demand", "holder", "number", "overtaken")

    def __init__(self, holder: Holder, demand: dict[Hashable, _Units], number: int) -> None:
        self.holder = holder
        self.demand = demand
        self.number = number
        self.overtaken = 0


class _Line(Generic[Holder]):
    """Requests for the same, in order, and the resource at which they stand."""

    __slots__ = ("at", "requests")

    def __init__(self) -> None:
        self.requests: deque[Request[Holder]] = deque()
        self.at: Hashable = None


class Admission(Generic[Holder]):
    """The resources, who holds them, and who waits.

    Parameters
    ----------
    capacities : mapping
        From resources to their capacities; one that is not among them has capacity 1.

    Attributes
    ----------
    waiting : int
        How many requests wait.

    Examples
    --------
    >>> admission = Admission({"db": 2})
    >>> first = admission.ask("first", {"db": 2})
    >>> first.holder
    'first'
    >>> admission.ask("second", {"db": 1}) is None
    True
    >>> [request.holder for request in admission.give_back(first)]
    ['second']
    """

    def __init__(self, capacities: Mapping[Any, float] | None = None) -> None:
        self._capacities: dict[Hashable, _Units] = {}
        self._free: dict[Hashable, _Units] = {}
        for resource, capacity in (capacities or {}).items():
            self.declare(resource, capacity)
        self._lines: dict[_Kind, _Line[Holder]] = {}
        # At each resource, the number of each line's first request and the line's kind.
        self._at: dict[Hashable, list[tuple[int, _Kind]]] = {}
        self._waiting: dict[Hashable, dict[int, Request[Holder]]] = {}
        self._turn: Request[Holder] | None = None
        self._unseen: set[Hashable] = set()
        self._number = 0
        self.waiting = 0

    def declare(self, resource: Hashable, capacity: float) -> None:
        """Give a resource its capacity, unless it has one."""
        if resource not in self._capacities:
            self._capacities[resource] = self._free[resource] = _exact(capacity)

    def ask(self, holder: Holder, demand: Mapping[Any, float]) -> Request[Holder] | None:
        """Return a request that is served, or None for one that waits: `give_back` returns it when it is its turn.

        Raises
        ------
        Impossible
            It could never be served.
        """
        exact: dict[Hashable, _Units] = {}
        for resource in sorted(demand, key=str):
            self.declare(resource, 1)
            units = exact[resource] = _exact(demand[resource])
            if units > self._capacities[resource]:
                raise Impossible(resource, demand[resource], float(self._capacities[resource]))
        self._number += 1
        request: Request[Holder] = Request(holder, exact, self._number)
        kind: _Kind = tuple(exact.items())
        line = self._lines.get(kind)
        if line is None:
            lacking = self._lacking(request)
            if lacking is None:
                self._take(request)
                return request
            line = self._lines[kind] = _Line()
            line.requests.append(request)
            self._stand(line, kind, lacking)
        else:
            line.requests.append(request)
        self.waiting += 1
        for resource in exact:
            self._waiting.setdefault(resource, {})[request.number] = request
        return None

    def give_back(self, request: Request[Holder]) -> list[Request[Holder]]:
        """Take back what a request holds; return those that are served now."""
        demand, request.demand = request.demand, {}
        for resource, units in demand.items():
            self._free[resource] += units
        served: list[Request[Holder]] = []
        if not self._lines:
            return served
        resources = dict.fromkeys(demand)
        turn = self._turn
        if turn is not None and self._lacking(turn) is None:
            # Others may have waited for its turn to be over.
            resources |= dict.fromkeys(turn.demand)
            self._serve_first(tuple(turn.demand.items()), served)
        unseen, self._unseen = self._unseen, set()
        for resource in [*resources, *(unseen - resources.keys())]:
            self._serve(resource, served)
        return served

    def drop(self) -> list[Holder]:
        """Let all who wait go, and return them in order."""
        waiting = [request for line in self._lines.values() for request in line.requests]
        for one in (self._lines, self._at, self._waiting, self._unseen):
            one.clear()
        self._turn = None
        self.waiting = 0
        return [request.holder for request in sorted(waiting, key=lambda request: request.number)]

    def _serve(self, resource: Hashable, served: list[Request[Holder]]) -> None:
        heap = self._at.get(resource, [])
        vain: list[tuple[int, _Kind]] = []
        while heap and self._free[resource]:
            if len(vain) == WINDOW:
                # The rest is looked at when anything comes back; somebody holds what those just seen lack.
                self._unseen.add(resource)
                break
            entry = heappop(heap)
            number, kind = entry
            line = self._lines.get(kind)
            if line is None or line.at != resource or line.requests[0].number != number:
                continue
            lacking = self._lacking(line.requests[0])
            if lacking is None:
                self._serve_first(kind, served)
            elif lacking == resource:
                vain.append(entry)
            else:
                self._stand(line, kind, lacking)
        for entry in vain:
            heappush(heap, entry)

    def _serve_first(self, kind: _Kind, served: list[Request[Holder]]) -> None:
        line = self._lines[kind]
        request = line.requests.popleft()
        self.waiting -= 1
        for resource in request.demand:
            del self._waiting[resource][request.number]
        if request is self._turn:
            self._turn = None
        self._take(request)
        served.append(request)
        if line.requests:
            self._stand(line, kind, line.at)
        else:
            del self._lines[kind]

    def _take(self, request: Request[Holder]) -> None:
        overtaken = set()
        for resource, units in request.demand.items():
            self._free[resource] -= units
            waiting = self._waiting.get(resource)
            if waiting:
                overtaken.add(next(iter(waiting.values())))
        for other in overtaken:
            if other.number < request.number:
                other.overtaken += 1
                if other.overtaken >= OVERTAKEN and self._turn is None:
                    self._turn = other

    def _lacking(self, request: Request[Holder]) -> Hashable | None:
        """Return a resource of which there is not enough for a request."""
        turn = self._turn
        if turn is not None and turn is not request:
            for resource in request.demand:
                if resource in turn.demand:
                    return resource
        for resource, units in request.demand.items():
            if units > self._free[resource]:
                return resource
        return None

    def _stand(self, line: _Line[Holder], kind: _Kind, resource: Hashable) -> None:
        line.at = resource
        heappush(self._at.setdefault(resource, []), (line.requests[0].number, kind))


def _exact(units: float) -> _Units:
    """Return a number that can be taken and given back any number of times without a rest."""
    if units == int(units):
        return int(units)
    from fractions import Fraction

    return Fraction(str(units))
