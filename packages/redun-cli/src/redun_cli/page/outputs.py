"""What an execution made: its result and the files that its jobs wrote, with where they came from.

Floor: command line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
from redun.recorder.batch import JobStatus

if TYPE_CHECKING:
    from redun.recorder.lineage_records import Upstream
    from redun.recorder.reader import Reader
    from redun.recorder.reader_profile import JobColumns
    from redun.recorder.reader_records import ExecutionRecord, ValueRecord

__all__ = ["Outputs", "Written", "outputs", "path_of"]

_FILE = re.compile(r"\w*(?:File|Dir)\((?:path|dir)=(?P<path>.*?)(?:, hash=[0-9a-f]+)?\)", re.DOTALL)
_FILES_SHOWN = 300
_LOOKED_AT = 2_000
_EXPLAINED = 12
_VARIABLES = 60
_VARIABLES_OF_FILE = 25


@attrs.frozen
class Written:
    """A file that a job wrote; `flow` says what from, for the first of them."""

    path: str
    value: ValueRecord
    task: str
    number: int
    replayed: bool
    flow: Upstream | None


@attrs.frozen
class Outputs:
    """What an execution made.

    Attributes
    ----------
    result : ValueRecord or None
        None if the root did not end well.
    flow : Upstream or None
        Where the result came from.
    files : sequence of Written
        In the order of the jobs.
    more : int
        Further results that are files, or hold some, and were not looked at or are not shown.
    """

    result: ValueRecord | None
    flow: Upstream | None
    files: Sequence[Written]
    more: int


def path_of(preview: str) -> str | None:
    """Return the path in the preview of a file or folder; None for that of anything else.

    Examples
    --------
    >>> path_of("File(path=out/a.txt, hash=1f3a)"), path_of("[1, 2]")
    ('out/a.txt', None)
    """
    found = _FILE.fullmatch(preview)
    return found["path"] if found else None


def outputs(reader: Reader, execution: ExecutionRecord, columns: JobColumns) -> Outputs:
    """Return what an execution made."""
    from redun.recorder.lineage import upstream

    result = flow = None
    if len(columns) and columns.status(0) in (JobStatus.DONE, JobStatus.CACHED):
        job = reader.job(execution.key, columns.numbers[0])
        call = reader.calls([job.call_hash]).get(job.call_hash) if job.call_hash is not None else None
        if call is not None:
            result = reader.value(call.value_hash)
            flow = upstream(reader, result, job=job, limit=_VARIABLES)
    files, more = _files(reader, execution, columns)
    return Outputs(result, flow, files, more)


def _files(reader: Reader, execution: ExecutionRecord, columns: JobColumns) -> tuple[list[Written], int]:
    from redun.recorder.lineage import upstream
    from redun.recorder.reader_files import producers
    from redun.recorder.reader_profile import external_results

    makers: dict[bytes, int] = {}
    more = 0
    for found in external_results(reader, execution):
        if len(makers) >= _LOOKED_AT:
            more += 1
            continue
        # A call stands before those that it made: the last one with a result is the one that made it.
        if path_of(found.preview) is not None:
            makers[found.value_hash] = found.number
    values = reader.values(makers)
    written: list[Written] = []
    for value_hash, number in sorted(makers.items(), key=lambda item: item[1]):
        if len(written) >= _FILES_SHOWN:
            more += 1
            continue
        job = reader.job(execution.key, number)
        value = values[value_hash]
        if not any(call.eval_hash == job.eval_hash for call in producers(reader, value_hash)):
            continue
        explained = len(written) < _EXPLAINED
        written.append(
            Written(
                path_of(value.preview) or value.preview,
                value,
                job.task,
                job.number,
                job.status is JobStatus.CACHED,
                upstream(reader, value, job=job, name="file", limit=_VARIABLES_OF_FILE)
                if explained
                else None,
            )
        )
    return written, more
