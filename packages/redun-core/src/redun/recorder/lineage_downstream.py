"""What was made of a value: the calls that used it, and those that used their results.

Floor: recorder. Calls are looked up many at a time, for a common value is used by tens of thousands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from redun.hashing.keys import call_hash
from redun.recorder import reader_sql as sql
from redun.recorder.batch import ValueFlag
from redun.recorder.lineage_records import Use
from redun.recorder.reader_records import ArgumentRecord, CallRecord, ValueRecord
from redun.recorder.reader_rows import call_of

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["downstream"]

_LIMIT = 500
_MOST_FOLLOWED = 500
"""From each distance, so many calls are followed on; the others are found, but not what came of them."""

# In executions of more jobs, a parent that asked for a call after another one is not looked for.
_SHARED_SEARCH_JOBS = 2_000

_Place = tuple[bytes, int]


def downstream(
    reader: Reader, value: ValueRecord, *, call: CallRecord | None = None, limit: int = _LIMIT
) -> tuple[Use, ...]:
    """Return the calls that used a value, nearest first.

    Parameters
    ----------
    reader : Reader
    value : ValueRecord
    call : CallRecord, optional
        Follow the result of this call alone. Otherwise whatever was given an equal value counts, as is right for
        files; for a small number or a truth value it finds more than was meant.
    limit : int, default 500
        How many uses to return at most.
    """
    search = _Search(reader, limit)
    if call is None:
        search.follow_values([value.hash])
    else:
        search.follow_calls([call])
    return search.run()


class _Search:
    """Breadth first over (eval hash, position) of the arguments that carry the value or something made of it."""

    def __init__(self, reader: Reader, limit: int) -> None:
        self.reader = reader
        self.limit = limit
        self.next: dict[_Place, None] = {}
        self.met: set[_Place] = set()
        # What was found by its value is known already: name and value of the argument.
        self.given: dict[_Place, tuple[str, bytes]] = {}
        self.followed: set[bytes] = set()

    def run(self) -> tuple[Use, ...]:
        uses: list[Use] = []
        depth = 1
        while self.next and len(uses) < self.limit:
            places = list(self.next)[: self.limit - len(uses)]
            self.next = {}
            found = self._uses(depth, places)
            uses += found
            if len(uses) < self.limit:
                self._follow(found[:_MOST_FOLLOWED])
            depth += 1
        return tuple(uses[: self.limit])

    def follow_values(self, hashes: Iterable[bytes]) -> None:
        """Look for whatever was given a value, or a container of it."""
        for value_hash in hashes:
            for given in (value_hash, *self.reader.containers(value_hash)):
                rows = self.reader.database.rows(sql.NAMED_ARGUMENTS_OF_VALUE, given, self.limit)
                found = {(eval_hash, position): (name, given) for eval_hash, position, name in rows}
                self.given.update(found)
                self._meet(found)

    def follow_calls(self, calls: Sequence[CallRecord]) -> None:
        """Look for whatever was given the result of a call, or of a call above that returned it."""
        makers = [maker for maker in self._returning(calls) if maker not in self.followed]
        self.followed.update(makers)
        found = self.reader.database.many(sql.FLOWS_FROM_MANY, makers)
        self._meet((eval_hash, position) for eval_hash, position in found)
        values = self.reader.values(call.value_hash for call in calls)
        self.follow_values(value.hash for value in values.values() if value.flags & ValueFlag.EXTERNAL)

    def _uses(self, depth: int, places: Sequence[_Place]) -> list[Use]:
        hashes = [eval_hash for eval_hash, _ in places]
        given = self._arguments(places)
        calls = self._calls(hashes)
        return [
            Use(depth, call, given[place])
            for place in places
            if place in given
            for call in calls.get(place[0], ())
        ]

    def _arguments(self, places: Sequence[_Place]) -> dict[_Place, ArgumentRecord]:
        """Return the arguments at some places; their value is mostly one and the same."""
        known = {place: self.given.pop(place) for place in places if place in self.given}
        rest = set(places).difference(known)
        for eval_hash, position, name, value_hash in self.reader.database.many(
            sql.ARGUMENT_HASHES, (eval_hash for eval_hash, _ in rest)
        ):
            if (eval_hash, position) in rest:
                known[eval_hash, position] = (name, value_hash)
        values = self.reader.values(value_hash for _, value_hash in known.values())
        return {
            place: ArgumentRecord(place[1], name, values[value_hash])
            for place, (name, value_hash) in known.items()
        }

    def _calls(self, hashes: Sequence[bytes]) -> dict[bytes, list[CallRecord]]:
        """Return the calls with each eval hash. The hash of one that made no other call follows from its evaluation."""
        found: dict[bytes, dict[bytes, CallRecord]] = {}
        database = self.reader.database
        leaves = [call_hash(key, result) for key, result in database.many(sql.EVALUATIONS, hashes)]
        for row in database.many(sql.CALLS_OF_EVALUATIONS, hashes):
            found.setdefault(row[4], {})[row[0]] = call_of(row)
        # In their order, so that neighbours find their page at hand.
        for call in self.reader.calls(sorted(leaves)).values():
            found.setdefault(call.eval_hash, {})[call.hash] = call
        return {key: list(calls.values()) for key, calls in found.items()}

    def _follow(self, uses: Sequence[Use]) -> None:
        self._follow_handed(uses)
        self.follow_calls([use.call for use in uses if not use.call.failed])

    def _follow_handed(self, uses: Sequence[Use]) -> None:
        """Look for the calls to which a call handed on the value that it was given."""
        edges = self.reader.edges((use.call.hash for use in uses), self.limit)
        children = self.reader.calls(child for made in edges.values() for child in made)
        arguments = self.reader.arguments(child.eval_hash for child in children.values())
        for use in uses:
            for child_hash in edges.get(use.call.hash, ()):
                child = children.get(child_hash)
                if child is not None:
                    given = arguments.get(child.eval_hash, ())
                    same = [one.position for one in given if one.value.hash == use.argument.value.hash]
                    self._meet((child.eval_hash, position) for position in same)

    def _returning(self, calls: Sequence[CallRecord]) -> list[bytes]:
        """Return calls and those above them that returned their results."""
        found = {call.hash: call for call in calls}
        level = list(found.values())
        while level:
            above = self._parents(level)
            parents = self.reader.calls(parent for hashes in above.values() for parent in hashes)
            next_level = {
                parent.hash: parent
                for call in level
                for parent in (parents[one] for one in above.get(call.hash, ()) if one in parents)
                if parent.hash not in found and parent.value_hash == call.value_hash and not parent.failed
            }
            found.update(next_level)
            level = list(next_level.values())
        return list(found)

    def _parents(self, calls: Sequence[CallRecord]) -> dict[bytes, list[bytes]]:
        above: dict[bytes, list[bytes]] = {}
        for child, parent in sorted(self.reader.database.many(sql.PARENTS, [call.hash for call in calls])):
            above.setdefault(child, []).append(parent)
        if len(calls) <= 20:
            for call in calls:
                shared = self.reader.parents(call.hash, search=_SHARED_SEARCH_JOBS)
                above.setdefault(call.hash, []).extend(parent.hash for parent in shared)
        return above

    def _meet(self, places: Iterable[_Place]) -> None:
        for place in places:
            if place not in self.met:
                self.met.add(place)
                self.next[place] = None
