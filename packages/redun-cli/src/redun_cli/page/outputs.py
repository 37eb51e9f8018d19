"""What an execution made: its result and the files that its jobs wrote, with where they came from.

Floor: command line.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import attrs
from redun.recorder.batch import JobStatus

if TYPE_CHECKING:
    from redun.recorder.lineage_records import Upstream
    from redun.recorder.reader import Reader
    from redun.recorder.reader_profile import JobColumns
    from redun.recorder.reader_records import ExecutionRecord, JobRecord, ValueRecord

__all__ = ["Outputs", "Written", "outputs", "path_of"]

_FILE = re.compile(r"\w*(?:File|Dir)\((?:path|dir)=(?P<path>.*?)(?:, hash=[0-9a-f]+)?\)", re.DOTALL)
_FILES_SHOWN = 300
# Files that are looked at, and jobs that may have made each.
_LOOKED_AT = 10_000
_CANDIDATES = 4
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
        Those of the latest jobs first: what comes out at the end before what was made on the way.
    more : int
        Further files, which are not shown.
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
    from redun.recorder.reader_profile import external_results

    candidates: dict[bytes, deque[int]] = {}
    last = columns.numbers[-1] if len(columns) else 0
    for number, value_hash in external_results(reader, execution, last):
        if value_hash in candidates or len(candidates) < _LOOKED_AT:
            # A call stands before those that it made: the maker of a file is among the last to return it.
            candidates.setdefault(value_hash, deque(maxlen=_CANDIDATES)).append(number)
    values = reader.values(candidates)
    found = {key: numbers for key, numbers in candidates.items() if path_of(values[key].preview) is not None}
    written: list[Written] = []
    more = 0
    latest = sorted(found.items(), key=lambda one: (-one[1][-1], values[one[0]].preview))
    for value_hash, numbers in latest:
        if len(written) >= _FILES_SHOWN:
            more += 1
            continue
        job = _maker(reader, execution, value_hash, numbers)
        if job is None:
            continue
        value = values[value_hash]
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


def _maker(
    reader: Reader, execution: ExecutionRecord, value_hash: bytes, numbers: Iterable[int]
) -> JobRecord | None:
    """Return the last of the jobs with a file in their results that was not given it."""
    for number in reversed(list(numbers)):
        job = reader.job(execution.key, number)
        arguments = reader.arguments([job.eval_hash]).get(job.eval_hash, ())
        given = {argument.value.hash for argument in arguments}
        if value_hash not in given and not any(value_hash in reader.parts(one) for one in given):
            return job
    return None
