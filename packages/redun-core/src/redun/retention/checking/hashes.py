"""Do calls, keys and sets of tasks follow from what they are made of?

Floor: retention. Rows that are marked for removal are left out: they lose their parts before they go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, groupby
from operator import itemgetter
from typing import Any

from redun.hashing.digest import digest
from redun.hashing.keys import CHANCE, call_hash, eval_hash, task_set_hash
from redun.recorder.marks import Kind, hidden
from redun.retention.checking.asking import Asking
from redun.retention.checking.problems import Problem

__all__ = ["calls", "codes", "task_sets"]

_CHUNK = 500
_CALLS = (
    "SELECT c.hash, c.eval_hash, c.value_hash, c.task_set, t.hash FROM call_node c LEFT JOIN task t ON t.key = c.task"
    f" WHERE c.hash > ? AND {hidden(Kind.CALL, 'c.hash')} ORDER BY c.hash LIMIT ?"
)
_EDGES = "SELECT parent, child FROM call_edge WHERE parent IN ({})"
_ARGUMENTS = (
    "SELECT eval_hash, name, value_hash FROM argument WHERE eval_hash IN ({}) ORDER BY eval_hash, position"
)
_OTHERS = (
    "SELECT s.hash, s.task_hash FROM task_set s WHERE s.hash IN ({})"
    " AND NOT EXISTS (SELECT 1 FROM task t WHERE t.hash = s.task_hash)"
)
# Arguments that are left out of the key are few; which they were is not recorded.
_MOST_ARGUMENTS = 12


def calls(connection: Asking) -> Iterator[Problem | int]:
    """Yield calls whose hash, or whose key, does not follow from what is recorded of them; and how many were read."""
    last, count = b"", 0
    while rows := connection.execute(_CALLS, (last, _CHUNK)).fetchall():
        children = _grouped(connection, _EDGES, [row[0] for row in rows])
        arguments = _grouped(connection, _ARGUMENTS, {row[1] for row in rows})
        others = _grouped(connection, _OTHERS, {row[3] for row in rows if row[3] is not None})
        for call, key, value, task_set, task in rows:
            below = [child for (child,) in children.get(call, ())]
            if not _is_call(call, key, value, below, [one for (one,) in others.get(task_set, ())]):
                yield Problem(
                    "call hash",
                    call.hex(),
                    f"key {key.hex()}, result {value.hex()}, {len(below)} calls below",
                )
            if task is not None and not _is_key(key, task, arguments.get(key, [])):
                names = ", ".join(name for name, _ in arguments.get(key, ())) or "none"
                yield Problem("eval hash", call.hex(), f"task {task.hex()}, arguments {names}")
        last = rows[-1][0]
        count += len(rows)
        yield count


def task_sets(connection: Asking) -> Iterator[Problem]:
    """Yield sets of tasks whose hash is not that of their members."""
    rows = connection.execute(
        f"SELECT hash, task_hash FROM task_set WHERE {hidden(Kind.TASK_SET, 'task_set.hash')} ORDER BY hash"
    )
    for found, members in groupby(rows, itemgetter(0)):
        if task_set_hash(member for _, member in members) != found:
            yield Problem("task set", found.hex())


def codes(connection: Asking) -> Iterator[Problem]:
    """Yield texts of code that are not what their hash says."""
    for found, text in connection.execute("SELECT hash, text FROM code ORDER BY hash"):
        if digest(b"code text", text.encode()) != found:
            yield Problem("code", found.hex())


def _is_call(call: bytes, key: bytes, value: bytes, below: list[bytes], others: list[bytes]) -> bool:
    """Tell whether a call has the right hash; the guard of its context and chance may be in it, which its set tells."""
    if call_hash(key, value, below) == call:
        return True
    chances = [[], [CHANCE]] if CHANCE in others else [[]]
    guards = [[], *([guard] for guard in others if guard != CHANCE)]
    return any(
        call_hash(key, value, [*below, *guard, *chance]) == call for guard in guards for chance in chances
    )


def _is_key(key: bytes, task: bytes, arguments: list[tuple[str, bytes]]) -> bool:
    if _key(task, arguments) == key or len(arguments) > _MOST_ARGUMENTS:
        return True
    return any(
        _key(task, kept) == key
        for number in range(len(arguments) - 1, -1, -1)
        for kept in combinations(arguments, number)
    )


def _key(task: bytes, arguments: Iterable[tuple[str, bytes]]) -> bytes:
    pairs = tuple(arguments)
    return eval_hash(task, tuple(name for name, _ in pairs), [value for _, value in pairs])


def _grouped(connection: Asking, query: str, keys: Iterable[bytes]) -> dict[bytes, list[tuple[Any, ...]]]:
    wanted = list(keys)
    found: dict[bytes, list[tuple[Any, ...]]] = {}
    if wanted:
        for key, *rest in connection.execute(query.format(", ".join("?" * len(wanted))), wanted):
            found.setdefault(key, []).append(tuple(rest))
    return found
