"""Keep what comes in, and what it refers to, from a collection of garbage that has marked it before.

Floor: transfer.
"""

from __future__ import annotations

from redun.recorder.marks import Kind, spare
from redun.retention.maintenance import Maintenance
from redun.transfer.references import REFERENCES

__all__ = ["spare_held"]

_AT_ONCE = 2_000
_KINDS = {
    "value": Kind.VALUE,
    "call_node": Kind.CALL,
    "evaluation": Kind.EVALUATION,
    "task": Kind.TASK,
    "task_set": Kind.TASK_SET,
    "handle": Kind.HANDLE,
}
_FOUND = (
    "SELECT d.hash FROM main.doomed d WHERE d.kind = ? AND (EXISTS (SELECT 1 FROM incoming.{0} i WHERE i.hash = d.hash)"
    " OR EXISTS (SELECT 1 FROM temp.named n WHERE n.target = '{0}' AND n.hash = d.hash))"
)


def spare_held(work: Maintenance) -> None:
    """Take away the marks of what is held, and of what it refers to, directly or not."""
    connection = work.session.connection
    if connection.execute("SELECT 1 FROM main.doomed LIMIT 1").fetchone() is None:
        return
    connection.execute("CREATE TEMP TABLE named (target, hash, PRIMARY KEY (target, hash)) WITHOUT ROWID")
    for one in REFERENCES:
        connection.execute(
            f"INSERT OR IGNORE INTO temp.named SELECT '{one.target}', {one.column} FROM incoming.{one.table}"
            f" WHERE {one.column} IS NOT NULL"
        )
    for target, kind in _KINDS.items():
        found = [one for (one,) in connection.execute(_FOUND.format(target), (int(kind),))]
        for start in range(0, len(found), _AT_ONCE):
            with work.slice() as writing:
                spare(writing, {kind: set(found[start : start + _AT_ONCE])})
    connection.execute("DROP TABLE temp.named")
