"""The jobs that failed of themselves, with tracebacks and what they printed.

Floor: command line. A job that failed since one below it did is no failure of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
from redun.recorder.batch import JobStatus
from redun.recorder.reader import Reader
from redun.recorder.reader_attempts import AttemptRecord, attempts_of_job
from redun.recorder.reader_output import StreamRecord, output_of_job
from redun.recorder.reader_profile import NONE, JobColumns
from redun.recorder.reader_records import ArgumentRecord, ExecutionRecord, JobRecord

from redun_cli.log.job import error_lines

__all__ = ["Failure", "Failures", "Printed", "failures"]

_SHOWN = 40
_KEPT_CHARACTERS = 20_000


@attrs.frozen
class Printed:
    """One stream of a job; `missing` characters or more were left out of the middle."""

    name: str
    text: str
    missing: int


@attrs.frozen
class Failure:
    """A failed job."""

    job: JobRecord
    path: Sequence[JobRecord]
    arguments: Sequence[ArgumentRecord]
    error: str
    traceback: str
    attempts: Sequence[AttemptRecord]
    printed: Sequence[Printed]


@attrs.frozen
class Failures:
    """The first failures in full.

    Attributes
    ----------
    shown : sequence of Failure
    others : sequence of (str, int)
        Tasks of those that are not shown, with their number.
    above : int
        Jobs that failed because of those.
    """

    shown: Sequence[Failure]
    others: Sequence[tuple[str, int]]
    above: int

    @property
    def total(self) -> int:
        """Number of jobs that failed of themselves."""
        return len(self.shown) + sum(count for _, count in self.others)


def failures(reader: Reader, execution: ExecutionRecord, columns: JobColumns) -> Failures:
    """Return what failed in an execution."""
    failed = [row for row in range(len(columns)) if columns.statuses[row] == JobStatus.FAILED]
    above = {columns.parents[row] for row in failed if columns.parents[row] != NONE}
    own = [row for row in failed if row not in above]
    others: dict[str, int] = {}
    for row in own[_SHOWN:]:
        others[columns.task(row)] = others.get(columns.task(row), 0) + 1
    shown = [_failure(reader, reader.job(execution.key, columns.numbers[row])) for row in own[:_SHOWN]]
    return Failures(shown, sorted(others.items()), len(failed) - len(own))


def _failure(reader: Reader, job: JobRecord) -> Failure:
    call = reader.calls([job.call_hash]).get(job.call_hash) if job.call_hash is not None else None
    error, traceback = "The error was not recorded.", ""
    if call is not None:
        value = reader.value(call.value_hash)
        error, traceback = value.preview, "\n".join(error_lines(reader, value))
    return Failure(
        job,
        reader.ancestors(job),
        reader.arguments([job.eval_hash]).get(job.eval_hash, ()),
        error,
        cut_middle(traceback)[0],
        attempts_of_job(reader, job),
        list(_printed(output_of_job(reader, job).streams)),
    )


def _printed(streams: Sequence[StreamRecord]) -> Iterator[Printed]:
    for stream in streams:
        text, missing = cut_middle(stream.text.rstrip())
        yield Printed(stream.name, text, missing + stream.dropped)


def cut_middle(text: str) -> tuple[str, int]:
    """Return the beginning and the end of a long text, and how many characters are left out."""
    if len(text) <= _KEPT_CHARACTERS:
        return text, 0
    half = _KEPT_CHARACTERS // 2
    missing = len(text) - 2 * half
    return f"{text[:half]}\n[… {missing} characters left out …]\n{text[-half:]}", missing
