"""Whether a record in PostgreSQL is sound: references between tables, hashes of calls, digests of payloads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from redun.hashing import keys
from redun.hashing.values import hash_value
from redun.recorder.batch import ValueFlag
from redun.recorder.schema import metadata
from redun.value.seal import unseal

__all__ = ["Rows", "assert_references", "assert_sound"]

# What foreign keys cannot say.
ORPHANS = (
    "job WHERE status IN (1, 2) AND (call_hash IS NULL OR call_hash NOT IN (SELECT hash FROM call_node))",
    "evaluation WHERE eval_hash NOT IN (SELECT eval_hash FROM job)",
    "job WHERE parent NOT IN (SELECT number FROM job AS other WHERE other.execution = job.execution)",
    "output WHERE NOT EXISTS"
    " (SELECT 1 FROM job j WHERE j.execution = output.execution AND j.number = output.number)",
)


Rows = Callable[[str], list[tuple[Any, ...]]]


def assert_sound(rows: Rows) -> None:
    """Check all of a small record; `rows` answers a question to it."""
    assert_references(rows)
    assert_hashes(rows)


def assert_references(rows: Rows) -> None:
    """Check that every reference leads somewhere."""
    for table in metadata.sorted_tables:
        for reference in table.foreign_keys:
            column, other = reference.parent.name, reference.column
            assert not rows(
                f'SELECT * FROM "{table.name}" WHERE "{column}" IS NOT NULL'
                f' AND "{column}" NOT IN (SELECT "{other.name}" FROM "{other.table.name}")'
            ), f"{table.name}.{column}"
    for orphans in ORPHANS:
        assert rows(f"SELECT * FROM {orphans}") == []


def assert_hashes(rows: Rows) -> None:
    """Check that calls and values are what their hashes say."""
    arguments, children = defaultdict(list), defaultdict(list)
    for eval_hash, name, value in rows(
        "SELECT eval_hash, name, value_hash FROM argument ORDER BY eval_hash, position"
    ):
        arguments[eval_hash].append((name, value))
    for parent, child in rows("SELECT parent, child FROM call_edge"):
        children[parent].append(child)
    for call, key, value, task in rows(
        "SELECT c.hash, eval_hash, value_hash, t.hash FROM call_node c JOIN task t ON t.key = c.task"
    ):
        assert call == keys.call_hash(key, value, children[call])
        names, hashes = zip(*arguments[key], strict=True) if arguments[key] else ((), ())
        assert key == keys.eval_hash(task, names, hashes)
    for identity, value_format, flags, blob, address in rows(
        "SELECT hash, format, flags, blob, store FROM value"
    ):
        assert (blob is None) != (address is None)
        # Lazy ones need the tasks of the workflow.
        if blob is not None and not flags & ValueFlag.LAZY:
            assert hash_value(unseal(blob, value_format)) == identity
