"""How much a collection would remove, and how many bytes that are: roughly, for pages are shared.

Floor: retention.
"""

from __future__ import annotations

import sqlite3

from redun.recorder.marks import Kind
from redun.retention.payloads import Payloads
from redun.retention.tally import Tally

__all__ = ["estimate"]

# What a row costs beside its texts and blobs: its header, its keys, its entries in indexes.
_COSTS: tuple[tuple[str, str, str], ...] = (
    ("execution", "execution WHERE key IN (SELECT key FROM temp.gone)", "100 + length(argv)"),
    ("job", "job WHERE execution IN (SELECT key FROM temp.gone)", "125"),
    ("attempt", "attempt WHERE execution IN (SELECT key FROM temp.gone)", "40 + length(error)"),
    ("output", "output WHERE execution IN (SELECT key FROM temp.gone)", "30 + length(text)"),
)
_UNREACHABLE: tuple[tuple[str, Kind, str, str], ...] = (
    ("evaluation", Kind.EVALUATION, "evaluation t ON t.eval_hash = u.hash", "50"),
    ("argument", Kind.EVALUATION, "argument t ON t.eval_hash = u.hash", "95 + length(t.name)"),
    ("flow", Kind.EVALUATION, "flow t ON t.eval_hash = u.hash", "95"),
    ("call", Kind.CALL, "call_node t ON t.hash = u.hash", "150"),
    ("call_edge", Kind.CALL, "call_edge t ON t.parent = u.hash", "50"),
    ("task_set", Kind.TASK_SET, "task_set t ON t.hash = u.hash", "45"),
    (
        "value",
        Kind.VALUE,
        "value t ON t.hash = u.hash",
        "60 + length(t.type) + length(t.preview) + coalesce(length(t.blob), 0)",
    ),
    ("subvalue", Kind.VALUE, "subvalue t ON t.parent = u.hash", "90"),
    ("file", Kind.VALUE, "temp.unreachable_file t ON t.value_hash = u.hash", "25 + length(t.path)"),
    ("task", Kind.TASK, "task t ON t.hash = u.hash", "100 + length(t.source)"),
    ("handle", Kind.HANDLE, "handle t ON t.hash = u.hash", "60 + length(t.fullname)"),
)


def estimate(connection: sqlite3.Connection, payloads: Payloads | None) -> Tally:
    """Return what would go, by kind; within the snapshot in which `reach.find_unreachable` ran."""
    tally = Tally()
    for name, rows, cost in _COSTS:
        count, size = connection.execute(f"SELECT count(*), coalesce(sum({cost}), 0) FROM {rows}").fetchone()
        tally.add(name, count, size)
    for name, kind, table, cost in _UNREACHABLE:
        count, size = connection.execute(
            f"SELECT count(*), coalesce(sum({cost}), 0) FROM temp.unreachable u JOIN {table} WHERE u.kind = ?",
            (int(kind),),
        ).fetchone()
        tally.add(name, count, size)
    if payloads is not None:
        stored = connection.execute(
            "SELECT t.store FROM temp.unreachable u JOIN value t ON t.hash = u.hash"
            " WHERE u.kind = ?1 AND t.store IS NOT NULL UNION ALL"
            " SELECT t.store FROM temp.unreachable u JOIN foreign_value t ON t.hash = u.hash"
            " WHERE u.kind = ?1 AND t.store IS NOT NULL",
            (int(Kind.VALUE),),
        )
        for (address,) in stored:
            tally.add("payload", 1, payloads.size(address))
        for _, size in payloads.strays(connection):
            tally.add("stray payload", 1, size)
    return tally
