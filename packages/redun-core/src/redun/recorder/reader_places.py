"""Where a value was the result or an argument of jobs, if that is rare.

Floor: recorder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.hashing.keys import call_hash
from redun.recorder import reader_filter_sql
from redun.recorder import reader_sql as sql
from redun.recorder.batch import JobStatus

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["few_places"]

_FEW = 1_000


def few_places(reader: Reader, result: bytes | None, argument: bytes | None) -> dict[int, set[int]] | None:
    """Return the numbers of jobs, by execution, among which are all with this result or argument; None if many."""
    calls = None
    if result is not None:
        found = reader.calls_with_result(result, _FEW + 1)
        calls = [call.hash for call in found] if len(found) <= _FEW else None
    if calls is None and argument is not None:
        calls = _calls_given(reader, argument)
    if calls is None:
        return None
    rows = list(reader.database.many(sql.PLACES_OF_CALLS, calls))
    if result is None:
        rows += _without_call(reader)
    places: dict[int, set[int]] = {}
    for execution, number in rows:
        places.setdefault(execution, set()).add(number)
    return places if len(rows) <= 10 * _FEW else None


def _calls_given(reader: Reader, value_hash: bytes) -> list[bytes] | None:
    rows = reader.arguments_of_value(value_hash, _FEW + 1)
    if len(rows) > _FEW:
        return None
    hashes = [eval_hash for eval_hash, _ in rows]
    # The hash of a call that made no other follows from its evaluation.
    calls = [call_hash(*row) for row in reader.database.many(sql.EVALUATIONS, hashes)]
    return calls + [row[0] for row in reader.database.many(sql.CALLS_OF_EVALUATIONS, hashes)]


def _without_call(reader: Reader) -> list[tuple[int, int]]:
    """Return jobs that no call leads to, for they failed, or have not ended: few of all."""
    rows: list[tuple[int, int]] = []
    for status in (JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.LOST):
        rows += reader.database.rows(reader_filter_sql.ENDED_BADLY_ANYWHERE, int(status), 10 * _FEW + 1)
    for (execution,) in reader.database.rows(reader_filter_sql.RUNNING_EXECUTIONS):
        rows += reader.database.rows(reader_filter_sql.RUNNING_JOBS, execution, 10 * _FEW + 1)
    return rows
