"""Find earlier results by eval hash, thousands at once.

Floor: recorder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from redun.hashing.keys import call_hash
from redun.recorder.batch import ValueFlag
from redun.recorder.connection import Connection
from redun.recorder.interface import StoredCall, StoredValue
from redun.recorder.marks import Kind, hidden
from redun.recorder.signed import StoredPayload, accepted

if TYPE_CHECKING:
    from redun.signing.signer import Signer

__all__ = [
    "find_calls",
    "find_evaluations",
    "find_handle_descendants",
    "find_payload",
    "find_valid_handles",
]

_EVALUATIONS = (
    "SELECT e.eval_hash, v.hash, v.format, v.flags, v.blob"
    " FROM evaluation e JOIN value v ON v.hash = e.value_hash WHERE e.eval_hash IN ({})"
    f" AND {hidden(Kind.EVALUATION, 'e.eval_hash')}"
)
_CALLS = (
    "SELECT c.eval_hash, c.hash, c.task_set, v.hash, v.format, v.flags, v.blob"
    " FROM call_node c JOIN value v ON v.hash = c.value_hash"
    " WHERE c.eval_hash IN ({}) AND c.task_set IS NOT NULL AND c.failed = 0"
    f" AND {hidden(Kind.CALL, 'c.hash')}"
    " AND NOT EXISTS (SELECT 1 FROM foreign_call f WHERE f.hash = c.hash) ORDER BY c.created DESC"
)
_LEAVES = (
    "SELECT c.hash, t.hash FROM call_node c JOIN task t ON t.key = c.task"
    " WHERE c.hash IN ({}) AND c.task_set IS NULL AND c.failed = 0"
    f" AND {hidden(Kind.CALL, 'c.hash')}"
    " AND NOT EXISTS (SELECT 1 FROM foreign_call f WHERE f.hash = c.hash)"
)
_TASK_SETS = "SELECT hash, task_hash FROM task_set WHERE hash IN ({})"
_VALID_HANDLES = (
    f"SELECT hash FROM handle WHERE hash IN ({{}}) AND valid = 1 AND {hidden(Kind.HANDLE, 'handle.hash')}"
)
_HANDLE_DESCENDANTS = (
    "WITH RECURSIVE below(hash) AS ("
    " SELECT child FROM handle_edge WHERE parent IN ({})"
    " UNION SELECT e.child FROM handle_edge e JOIN below ON e.parent = below.hash"
    ") SELECT h.hash, h.fullname, h.key FROM below JOIN handle h ON h.hash = below.hash"
    f" WHERE {hidden(Kind.HANDLE, 'h.hash')}"
)

_PAYLOAD = "SELECT blob, store, format, flags, signature FROM value WHERE hash = ?"
# Without a signer, no signature is fetched.
_SIGNED_EVALUATIONS = _EVALUATIONS.replace("v.blob", "v.blob, v.signature")
_SIGNED_CALLS = _CALLS.replace("v.blob", "v.blob, v.signature")


def find_evaluations(
    connection: Connection, eval_hashes: Sequence[bytes], signer: Signer | None = None
) -> dict[bytes, StoredValue]:
    """Return the recorded single reductions; given a signer, with no payload that it does not accept."""
    query, made = (_EVALUATIONS, StoredValue) if signer is None else (_SIGNED_EVALUATIONS, accepted(signer))
    return {row[0]: made(*row[1:]) for row in connection.by_keys(query, eval_hashes)}


def find_calls(
    connection: Connection, eval_hashes: Sequence[bytes], signer: Signer | None = None
) -> dict[bytes, list[StoredCall]]:
    """Return the successful calls, newest first; given a signer, with no payload that it does not accept."""
    query, made = (_CALLS, StoredValue) if signer is None else (_SIGNED_CALLS, accepted(signer))
    found: dict[bytes, list[StoredCall]] = {}
    for eval_hash, call in _leaf_calls(connection, eval_hashes, signer):
        found[eval_hash] = [call]
    rows = list(connection.by_keys(query, eval_hashes))
    sets: dict[bytes, set[bytes]] = {}
    for set_hash, task_hash in connection.by_keys(_TASK_SETS, list({row[2] for row in rows})):
        sets.setdefault(set_hash, set()).add(task_hash)
    for eval_hash, identity, set_hash, *value in rows:
        if set_hash not in sets:
            # Deleted between two questions; without its tasks the call would look up to date.
            continue
        call = StoredCall(identity, made(*value), frozenset(sets[set_hash]))
        found.setdefault(eval_hash, []).append(call)
    return found


def find_payload(connection: Connection, value_hash: bytes) -> StoredPayload | None:
    """Return where a value's payload is; or None if unknown."""
    row = connection.execute(_PAYLOAD, (value_hash,)).fetchone()
    return None if row is None else StoredPayload(*row)


def find_valid_handles(connection: Connection, states: Sequence[bytes]) -> list[bytes]:
    """Return those states of handles that are recorded and stand."""
    return [state for (state,) in connection.by_keys(_VALID_HANDLES, states)]


def find_handle_descendants(connection: Connection, states: Sequence[bytes]) -> dict[bytes, tuple[str, str]]:
    """Return all recorded states that came from some, with the handle's full name and the key of the branch."""
    rows = connection.by_keys(_HANDLE_DESCENDANTS, states)
    return {state: (fullname, key) for state, fullname, key in rows}


def _leaf_calls(
    connection: Connection, eval_hashes: Sequence[bytes], signer: Signer | None
) -> Iterator[tuple[bytes, StoredCall]]:
    # A call that made no other ended with what its body returned, so its hash follows from the evaluation: this
    # spares the largest table an index.
    values = {
        call_hash(eval_hash, value.hash): (eval_hash, value)
        for eval_hash, value in find_evaluations(connection, eval_hashes, signer).items()
        if not value.flags & ValueFlag.LAZY
    }
    for leaf_hash, task_hash in connection.by_keys(_LEAVES, list(values)):
        eval_hash, value = values[leaf_hash]
        yield eval_hash, StoredCall(leaf_hash, value, frozenset((task_hash,)))
