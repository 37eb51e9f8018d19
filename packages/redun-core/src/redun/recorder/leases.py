"""Leases on work in flight, in the database.

Floor: recorder. The protocol is that of `redun.scheduler.leasing`; this is what the database owes it:

* A lease is the row of its eval hash, so there is one at most. Claims insert what is not there, in the order of the
  keys, and only then look: at what they got, and at what is recorded for it by now. The second look comes after the
  lease was taken, and results are written in the transaction that ends their lease: so whoever gets the lease after
  another sees what the other recorded.
* A holder lives while its execution gives signs of life. The lease of a dead one is taken over by an update of the
  very row that was looked at, execution and token: of two who try, one succeeds.
* A holder that was taken for dead, and is not, finds out where it writes: its row is gone or another's. What it
  evaluated is kept only where nothing else is recorded.

Two transactions wait for each other only for a moment: claims go in the order of the keys, and those who write results
touch no leases but their own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from redun.recorder.batch import ExecutionStatus
from redun.recorder.connection import Connection
from redun.recorder.interface import Claims
from redun.recorder.liveness import HEARTBEAT_LIMIT_S, is_alive

__all__ = ["RecordedLeases", "Release", "keep_from_overwriting", "lost", "release"]

Release = tuple[bytes, int, int]
"""Eval hash, execution key, token."""

_LEASES = "SELECT eval_hash, execution, token FROM lease WHERE eval_hash IN ({})"
_RECORDED = "SELECT eval_hash FROM evaluation WHERE eval_hash IN ({})"
_EVALUATIONS = "SELECT eval_hash, value_hash FROM evaluation WHERE eval_hash IN ({})"
_HOLDER = "SELECT id, status, started, heartbeat, host, pid FROM execution WHERE key = ?"
_TAKE_OVER = (
    "UPDATE lease SET execution = ?, token = ?, taken = ? WHERE eval_hash = ? AND execution = ? AND token = ?"
)
# The second may have been written by another host, or by one that numbers its processes in another way.
_UNENDED = frozenset({int(ExecutionStatus.RUNNING), int(ExecutionStatus.CRASHED)})


T = TypeVar("T")


class Lender(Protocol):
    """Lends a connection to an action; more than once, if the first is lost."""

    def __call__(self, action: Callable[[Connection], T], /) -> T: ...


class RecordedLeases:
    """The leases of one database; see `redun.recorder.interface.Leases`.

    Parameters
    ----------
    claiming : callable
        Calls an action with a connection that writes. It need not be in a transaction: each statement is complete in
        itself, and those that are repeated find what they did.
    looking : callable
        Calls an action with a connection that reads.
    by_default : bool
        Whether executions share their work unless they are told otherwise.
    """

    def __init__(
        self,
        claiming: Lender,
        looking: Lender,
        *,
        by_default: bool,
    ) -> None:
        self.by_default = by_default
        self._claiming = claiming
        self._looking = looking

    def claim(self, execution: int, eval_hashes: Collection[bytes]) -> Claims:
        """Take the leases on calls that no living execution has."""
        return self._claiming(lambda connection: _claim(connection, execution, sorted(set(eval_hashes))))

    def held(self, eval_hashes: Collection[bytes]) -> dict[bytes, bytes]:
        """Return which of the calls a living execution has a lease on, and the id of the execution."""
        return self._looking(lambda connection: _held(connection, eval_hashes))


def _claim(connection: Connection, execution: int, keys: Sequence[bytes]) -> Claims:
    taken = time.time_ns() // 1000
    connection.insert("leases", [(key, execution, 1, taken) for key in keys])
    found = list(connection.by_keys(_LEASES, keys))
    granted = {key: token for key, holder, token in found if holder == execution}
    held: dict[bytes, bytes] = {}
    if len(granted) < len(keys):
        # One that was given back between two statements is nobody's: the next look finds it free.
        held = dict.fromkeys(keys, b"")
        others = [row for row in found if row[0] not in granted]
        living = _living(connection, others)
        granted |= _take_over(connection, execution, [row for row in others if row[1] not in living], taken)
        held.update((key, living.get(holder, b"")) for key, holder, _ in others)
        held = {key: holder for key, holder in held.items() if key not in granted}
    recorded = frozenset(key for (key,) in connection.by_keys(_RECORDED, list(granted)))
    return Claims(granted, recorded, held)


def _held(connection: Connection, keys: Collection[bytes]) -> dict[bytes, bytes]:
    found = list(connection.by_keys(_LEASES, keys))
    living = _living(connection, found)
    return {key: living[holder] for key, holder, _ in found if holder in living}


def _living(connection: Connection, leases: Iterable[tuple[Any, ...]]) -> dict[int, bytes]:
    """Return the executions among the holders that live, by key, with their ids."""
    living: dict[int, bytes] = {}
    holders = {holder for _, holder, _ in leases}
    now = connection.clock() if holders else 0
    for key in holders:
        row = connection.execute(_HOLDER, (key,)).fetchone()
        if row is None:
            continue
        identity, status, *life = row
        # One that is merely suspended may lose its leases: others wait, and it finds out.
        silent = now - life[1] > HEARTBEAT_LIMIT_S * 1e6
        if status in _UNENDED and not silent and is_alive(*life, now=now):
            living[key] = bytes(identity)
    return living


def lost(connection: Connection, releases: Sequence[Release]) -> set[bytes]:
    """Return the eval hashes of leases that are somebody else's by now, or nobody's."""
    found = {tuple(row) for row in connection.by_keys(_LEASES, [key for key, _, _ in releases])}
    return {one[0] for one in releases if one not in found}


def release(connection: Connection, releases: Sequence[Release]) -> set[bytes]:
    """End leases, within a transaction; return the eval hashes of those that were lost before."""
    by_execution: dict[int, list[bytes]] = {}
    for key, execution, _ in releases:
        by_execution.setdefault(execution, []).append(key)
    missing: set[bytes] = set()
    for execution, keys in by_execution.items():
        # Looking and deleting is one step: in between, the lease might be taken over.
        query = f"DELETE FROM lease WHERE execution = {int(execution)} AND eval_hash IN ({{}}) RETURNING eval_hash"
        ended = [key for (key,) in connection.by_keys(query, keys)]
        missing |= set(keys).difference(ended)
    return missing


def keep_from_overwriting(
    connection: Connection, evaluations: Sequence[tuple[bytes, bytes]], keys: Collection[bytes]
) -> list[tuple[bytes, bytes]]:
    """Return evaluations without those of some keys for which something is recorded already."""
    recorded = dict(connection.by_keys(_EVALUATIONS, keys))
    late = sum(key in recorded and recorded[key] != value for key, value in evaluations)
    if late:
        import logging

        logging.getLogger("redun").warning(
            "%d call(s) of this execution were taken over by another one, because this process gave no sign of life "
            "(was the machine asleep?): what the other recorded is kept",
            late,
        )
    return [row for row in evaluations if row[0] not in recorded]


def _take_over(
    connection: Connection, execution: int, leases: list[tuple[Any, ...]], taken: int
) -> dict[bytes, int]:
    won: dict[bytes, int] = {}
    for key, holder, token in sorted(leases):
        changed = connection.execute(_TAKE_OVER, (execution, token + 1, taken, key, holder, token))
        if changed.rowcount == 1:
            won[key] = token + 1
    return won
