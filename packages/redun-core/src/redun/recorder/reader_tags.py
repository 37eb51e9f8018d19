"""Questions about tags: which there are, and what has them.

Floor: recorder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from redun.recorder import reader_columns as columns
from redun.recorder.ids import EXECUTION_BYTES
from redun.recorder.reader import ALL, Reader
from redun.recorder.reader_records import ExecutionRecord, JobRecord
from redun.recorder.reader_rows import execution_of, job_of

__all__ = [
    "ENTITIES",
    "Wanted",
    "ids_with",
    "jobs_of_tags",
    "key_counts",
    "pair_counts",
    "tagged_executions",
]

ENTITIES = ("execution", "job", "call", "task", "value")
"""Kinds of what may have tags, as they are stored."""

Wanted = tuple[str, str | None]
"""A key and the JSON text of its value; None stands for any."""

_COUNTS = ", ".join(f"SUM(CASE WHEN entity = '{entity}' THEN 1 ELSE 0 END)" for entity in ENTITIES)

# These two read the index of tags, once and in its order.
KEYS = f"SELECT key, {_COUNTS} FROM tag GROUP BY key ORDER BY key LIMIT ?"
PAIRS = f"SELECT key, value, {_COUNTS} FROM tag GROUP BY key, value ORDER BY key, value LIMIT ?"
# `{first}` and `{condition}` stand for a key with or without a value, `{others}` for any number of `ALSO`.
IDS = "SELECT DISTINCT t.id FROM tag t WHERE t.entity = ? AND {first}{others} ORDER BY t.id LIMIT ?"
EXECUTIONS = (
    f"{columns.EXECUTION}WHERE id IN (SELECT t.id FROM tag t WHERE t.entity = 'execution' AND {{first}}{{others}})"
    " ORDER BY started DESC, key DESC LIMIT ?"
)
JOBS = f"{columns.JOB}WHERE e.id = ? AND j.number IN ({{ids}}) ORDER BY j.number"
ALSO = " AND EXISTS (SELECT 1 FROM tag o WHERE o.entity = t.entity AND o.id = t.id AND {condition})"


def key_counts(reader: Reader, limit: int = ALL) -> dict[str, dict[str, int]]:
    """Return the keys of all tags in their order, with the number of such tags on each kind of entity."""
    return {key: _counts(counts) for key, *counts in reader.database.rows(KEYS, limit)}


def pair_counts(reader: Reader, limit: int = ALL) -> dict[tuple[str, str], dict[str, int]]:
    """Return keys and JSON texts of all tags in their order, with the number of such tags on each kind of entity."""
    return {(key, value): _counts(counts) for key, value, *counts in reader.database.rows(PAIRS, limit)}


def ids_with(reader: Reader, entity: str, wanted: Sequence[Wanted], limit: int = ALL) -> list[bytes]:
    """Return the ids of those entities of a kind that have all the tags wanted, at least one."""
    text = IDS.format(first=_condition(wanted[0]), others=_others(wanted))
    return [identity for (identity,) in reader.database.rows(text, entity, *_parameters(wanted), limit)]


def tagged_executions(reader: Reader, wanted: Sequence[Wanted], limit: int = ALL) -> list[ExecutionRecord]:
    """Return the executions that have all the tags wanted, at least one, newest first."""
    text = EXECUTIONS.format(first=_condition(wanted[0]), others=_others(wanted))
    return [execution_of(row) for row in reader.database.rows(text, *_parameters(wanted), limit)]


def jobs_of_tags(reader: Reader, ids: Iterable[bytes]) -> Iterator[JobRecord]:
    """Yield those of some jobs that are recorded, by the ids that tags have for them."""
    for execution, members in groupby(ids, key=lambda identity: identity[:EXECUTION_BYTES]):
        numbers = [int.from_bytes(identity[EXECUTION_BYTES:], "big") for identity in members]
        yield from map(job_of, reader.database.many(JOBS, numbers, execution))


def _counts(counts: Sequence[int]) -> dict[str, int]:
    return {entity: count for entity, count in zip(ENTITIES, counts, strict=True) if count}


def _others(wanted: Sequence[Wanted]) -> str:
    return "".join(ALSO.format(condition=_condition(one, "o")) for one in wanted[1:])


def _parameters(wanted: Sequence[Wanted]) -> list[str]:
    return [text for one in wanted for text in one if text is not None]


def _condition(wanted: Wanted, table: str = "t") -> str:
    return f"{table}.key = ?" + ("" if wanted[1] is None else f" AND {table}.value = ?")
