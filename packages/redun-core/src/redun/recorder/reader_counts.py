"""How many records there are, without looking at each.

Floor: recorder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.recorder import reader_filter_sql as sql
from redun.recorder.reader_filters import Filter, filtered_jobs, jobs_by_execution
from redun.recorder.reader_records import Kind

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["count_all", "count_jobs"]


def count_all(reader: Reader, kind: Kind) -> int:
    """Return the number of all records of a kind; of files, the contents that each path had."""
    return int(reader.database.rows(sql.COUNTS[kind])[0][0])


def count_jobs(reader: Reader, wanted: Filter) -> int:
    """Return the number of jobs that fit."""
    if wanted.tags:
        return sum(1 for _ in filtered_jobs(reader, wanted))
    return sum(
        reader.database.rows(sql.count_if(condition.text), execution.key, *condition.parameters)[0][0]
        for execution, conditions in jobs_by_execution(reader, wanted)
        for condition in conditions
    )
