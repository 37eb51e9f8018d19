"""The explanation of one job, as text.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator

from redun.recorder.batch import JobStatus, Reason
from redun.recorder.explaining import Cause, CauseKind, Explanation, words_of
from redun.recorder.reader import Reader
from redun.recorder.reader_records import JobRecord

from redun_cli.log.lines import job_line
from redun_cli.log.moments import local

__all__ = ["cause_lines", "explanation_lines"]

_PREVIEWED = frozenset({CauseKind.ARGUMENT, CauseKind.INCLUDES, CauseKind.FILE, CauseKind.VERSION})


def explanation_lines(reader: Reader, explanation: Explanation) -> Iterator[str]:
    """Yield the lines."""
    job = explanation.job
    arguments = reader.arguments([job.eval_hash]).get(job.eval_hash, ())
    yield job_line(job, arguments)
    yield ""
    if job.status is JobStatus.CACHED or not explanation.causes:
        yield from _cached_lines(explanation)
        return
    plural = "" if len(explanation.causes) == 1 else f", for {len(explanation.causes)} causes"
    verb = "is running" if job.status is JobStatus.RUNNING else "ran"
    yield f"It {verb}{plural}:"
    for cause in explanation.causes:
        yield from cause_lines(cause, "  ")
    yield ""
    yield from _earlier_lines(explanation)


def _cached_lines(explanation: Explanation) -> Iterator[str]:
    made, execution, code = explanation.earlier, explanation.execution, explanation.code
    failed = explanation.job.status is not JobStatus.CACHED
    if failed:
        yield "Its own body did not run, and was taken from the record; what it called came to a failure."
    if made is None or execution is None or code is None:
        yield "The job that made it is not in the record any more."
        return
    if not failed:
        yield "Its result was not made, but taken from the record:"
    yield f"  made by  Job {made.id}, which {_ended(made)} on {local(made.started)}"
    yield f"  in       Exec {execution.id.hex()[:8]}: {' '.join(execution.argv)}"
    if explanation.repository is not None:
        yield f"  from     repository {explanation.repository}"
    yield f"  by code  {code.hash.hex()[:8]} of {code.fullname}, {code.file}:{code.line}"


def _ended(job: JobRecord) -> str:
    return "failed" if job.status is JobStatus.FAILED else "ran"


def _earlier_lines(explanation: Explanation) -> Iterator[str]:
    earlier, execution = explanation.earlier, explanation.execution
    if earlier is None or execution is None:
        if explanation.causes[0].kind is CauseKind.NEW:
            yield "Earlier executions called this task, but no call of theirs became this one."
        elif explanation.reason is not Reason.NEW:
            yield "The earlier call itself is not in the record any more."
        return
    by = f" ({explanation.match.value})" if explanation.match is not None else ""
    yield f"Compared with Job {earlier.id} of {local(execution.started)}{by}."


def cause_lines(cause: Cause, margin: str) -> Iterator[str]:
    """Yield a cause in words, and below it old and new and the difference."""
    yield f"{margin}* {words_of(cause)}"
    inner = margin + "    "
    if cause.kind is CauseKind.HELPER and len(cause.via) > 1:
        yield f"{inner}reached through {' > '.join((*cause.via, cause.name))}"
    if cause.kind in _PREVIEWED and _is_long(cause):
        yield f"{inner}was {cause.old}"
        yield f"{inner}is  {cause.new}"
    for line in cause.diff:
        yield f"{inner}{line}".expandtabs(4)
    for within in cause.within:
        yield from cause_lines(within, inner)


def _is_long(cause: Cause) -> bool:
    return cause.old is not None and cause.new is not None and len(cause.old) + len(cause.new) > 60
