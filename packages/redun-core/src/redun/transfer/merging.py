"""Take what is held into the record, in bounded steps, so that others can write in between.

Floor: transfer. Each step is a transaction, and what others refer to comes first, executions and their jobs last:
whatever moment it ends at, the record is sound, and to do it once more completes it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

from redun.recorder.value_store import FileValueStore
from redun.retention.maintenance import Maintenance
from redun.transfer.holding import Holding
from redun.transfer.jobs import merge_executions, merge_jobs
from redun.transfer.payloads import payload_address
from redun.transfer.sparing import spare_held
from redun.transfer.statements import STAGES, TAGS, Stage

__all__ = ["merge"]

_STEP_ROWS = 20_000
_STEP_BYTES = 32 * 1024 * 1024


def merge(
    work: Maintenance,
    store: FileValueStore,
    holding: Holding,
    repository: str,
    *,
    trusted: bool,
    merged: Callable[[int], None] = lambda _: None,
) -> int:
    """Merge what is held and attached as `incoming`; return how many records are new.

    Parameters
    ----------
    work : Maintenance
        So no garbage is collected meanwhile, which would find much that nothing leads to yet.
    store : FileValueStore
        The value store of the record.
    holding : Holding
        Sealed.
    repository : str
        Where the records are from.
    trusted : bool
        Whether the cache may use them.
    merged : callable
        Told of numbers of rows that were gone through.
    """
    names: dict[str, Any] = {"repository": repository, "trusted": int(trusted)}
    spare_held(work)
    new = 0
    for stage in STAGES:
        new += _merge_stage(work, store, holding, stage, names, merged)
    new += merge_executions(work, repository)
    new += merge_jobs(work, _STEP_ROWS, merged)
    for stage in TAGS:
        new += _merge_stage(work, store, holding, stage, names, merged)
    return new


def _merge_stage(
    work: Maintenance,
    store: FileValueStore,
    holding: Holding,
    stage: Stage,
    names: dict[str, Any],
    merged: Callable[[int], None],
) -> int:
    new = 0
    for first, last, rows in _spans(work.session.connection, stage):
        span = {**names, "first": first, "last": last}
        large: list[bytes] = []
        if stage.table == "value":
            # Before the transaction: a row must not name a payload that is not safely there.
            large = _place_payloads(work.session.connection, store, holding, span)
        with work.slice() as connection:
            for number, statement in enumerate(stage.statements):
                count = connection.execute(statement, span).rowcount
                new += max(count, 0) if number in stage.counted else 0
        if not store.shared:
            for value_hash in large:
                # It is ours now, and lies elsewhere.
                store.remove(payload_address(value_hash, foreign=True))
        merged(rows)
    return new


def _spans(connection: sqlite3.Connection, stage: Stage) -> Iterator[tuple[object, object, int]]:
    """Yield bounds of keys that divide a table: the first is left out, the last included."""
    size = "COALESCE(length(blob), 0)" if stage.table == "value" else "0"
    key = stage.key
    question = f"SELECT {key}, {size} FROM incoming.{stage.table} WHERE {key} > ? ORDER BY {key} LIMIT ?"
    # Less than any text and any bytes.
    first: object = -1
    while True:
        last, rows, total = None, 0, 0
        for found, bytes_ in connection.execute(question, (first, _STEP_ROWS)):
            last, rows, total = found, rows + 1, total + bytes_
            if total >= _STEP_BYTES:
                break
        if last is None:
            return
        yield first, last, rows
        first = last


def _place_payloads(
    connection: sqlite3.Connection, store: FileValueStore, holding: Holding, span: dict[str, Any]
) -> list[bytes]:
    """Move large payloads to where they belong; return the values of those that are trusted."""
    rows = connection.execute(
        "SELECT hash, others FROM incoming.value WHERE large AND hash > :first AND hash <= :last", span
    ).fetchall()
    for value_hash, others in rows:
        foreign = bool(others) or not span["trusted"]
        payload = holding.payload(value_hash)
        # Gone if a killed process has moved it already.
        if payload.exists():
            store.take(payload, payload_address(value_hash, foreign=foreign))
    return [value_hash for value_hash, others in rows if span["trusted"] and not others]
