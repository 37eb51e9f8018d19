"""A job in detail, and the calls, tasks and values that it touches.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from redun.recorder.batch import JobStatus
from redun.recorder.ids import short
from redun.recorder.lineage import upstream
from redun.recorder.reader import Reader
from redun.recorder.reader_attempts import AttemptRecord, attempts_of_job
from redun.recorder.reader_errors import stored_error
from redun.recorder.reader_leases import awaited_execution
from redun.recorder.reader_output import output_of_job
from redun.recorder.reader_records import ArgumentRecord, CallRecord, JobRecord, TaskRecord, ValueRecord

from redun_cli.log.dataflow import dataflow_lines
from redun_cli.log.lines import call_line, job_line, job_lines
from redun_cli.log.moments import duration_text
from redun_cli.log.tags import tag_lines, tags_of, tags_of_job
from redun_cli.report.lines import REASONS

__all__ = ["call_detail", "error_lines", "indented", "job_detail", "task_block"]

_PATH_SHOWN = 4
_CALLS_SHOWN = 100


def job_detail(reader: Reader, job: JobRecord, limit: int) -> Iterator[str]:
    """Yield the lines: where it was called, what was passed, what came out, the source, and where it all came from."""
    arguments = reader.arguments([job.eval_hash]).get(job.eval_hash, ())
    yield job_line(job, arguments, full=True)
    yield f"Traceback: {_path_text(reader, job)}"
    if job.duration is not None:
        yield f"Duration: {duration_text(job.duration)}"
    if job.status is not JobStatus.CACHED:
        yield f"Reason: {REASONS[job.reason]}"
    if (awaited := awaited_execution(reader, job)) is not None:
        yield f"Waits for: execution {short(awaited)}, which runs an equal call"
    if job.executor:
        yield f"Executor: {job.executor}"
    yield from _attempt_lines(attempts_of_job(reader, job))
    yield from tag_lines(tags_of_job(reader, job))
    if streams := output_of_job(reader, job).streams:
        yield f"Output: {', '.join([stream.name for stream in streams])} (redun log {job.id} --output)"
    yield ""
    call = reader.calls([job.call_hash]).get(job.call_hash) if job.call_hash is not None else None
    if call is None:
        yield f"  CallNode UNKNOWN: the job is {job.status.name.lower()} and has no result."
        yield from indented(_argument_lines(arguments), 4)
    else:
        yield from indented(_call_block(reader, call, arguments), 2)
    yield ""
    yield from indented(task_block(reader, reader.task(job.task_hash)), 2)
    if call is not None:
        yield ""
        yield from indented(_outcome(reader, call, limit, job=job), 2)


def call_detail(reader: Reader, call: CallRecord, limit: int) -> Iterator[str]:
    """Yield the lines of a call node: arguments, result, parents, children, task, dataflow."""
    arguments = reader.arguments([call.eval_hash]).get(call.eval_hash, ())
    yield from _call_block(reader, call, arguments)
    jobs = reader.jobs_of_call(call.hash, _CALLS_SHOWN)
    for title, lines in (
        ("Jobs", list(job_lines(reader, jobs))),
        ("Parent CallNodes", [call_line(parent) for parent in reader.parents(call.hash)]),
        ("Child CallNodes", [call_line(child) for child in reader.children(call.hash, _CALLS_SHOWN)]),
    ):
        if lines:
            yield f"  {title}:"
            yield from indented(lines, 4)
    yield ""
    yield from task_block(reader, reader.task(call.task_hash))
    yield ""
    yield from _outcome(reader, call, limit)


def _outcome(reader: Reader, call: CallRecord, limit: int, *, job: JobRecord | None = None) -> Iterator[str]:
    """Yield where a call's result came from, as seen from one of its jobs if given; the traceback if it failed."""
    value = reader.value(call.value_hash)
    if call.failed:
        yield "Traceback:"
        yield ""
        yield from indented(error_lines(reader, value), 2)
        return
    yield "Upstream dataflow:"
    yield ""
    if job is not None:
        flow = upstream(reader, value, job=job, limit=limit)
    else:
        flow = upstream(reader, value, call=call, limit=limit)
    yield from indented(dataflow_lines(flow), 2)


def _attempt_lines(attempts: Sequence[AttemptRecord]) -> Iterator[str]:
    if attempts:
        yield f"Attempts: {len(attempts)}"
    for attempt in attempts:
        took = "" if attempt.duration is None else f" after {duration_text(attempt.duration)}"
        ended = f"{attempt.cause}: {attempt.error}" if attempt.cause else "succeeded"
        yield f"  {attempt.number}{took}: {ended}"


def task_block(reader: Reader, task: TaskRecord) -> Iterator[str]:
    """Yield the task's full hash and name, where it is defined, its tags, and its source."""
    yield f"Task {task.hash.hex()} {task.fullname}"
    yield f"Defined in: {task.file}:{task.line}"
    if task.version is not None:
        yield f"Version: {task.version}"
    yield from tag_lines(tags_of(reader, "task", task.hash))
    yield ""
    yield from indented(_text_lines(task.source), 2)


def error_lines(reader: Reader, value: ValueRecord) -> Iterator[str]:
    """Yield an error with the frames of its traceback, as far as they were stored as text."""
    stored = stored_error(reader, value.hash)
    if stored is None:
        yield value.preview
        return
    for part in stored:
        yield from _text_lines(part)


def indented(lines: Iterable[str], width: int) -> Iterator[str]:
    """Yield the lines with a margin; empty ones stay empty."""
    margin = " " * width
    for line in lines:
        yield f"{margin}{line}" if line else ""


def _call_block(reader: Reader, call: CallRecord, arguments: Sequence[ArgumentRecord]) -> Iterator[str]:
    value = reader.value(call.value_hash)
    yield f"CallNode {call.hash.hex()} {call.task}"
    yield from indented(_argument_lines(arguments), 2)
    yield f"  {'Raised:' if call.failed else 'Result:'} <{short(value.hash)}> {value.preview}"


def _argument_lines(arguments: Sequence[ArgumentRecord]) -> Iterator[str]:
    if not arguments:
        yield "Args:   none"
        return
    yield "Args:"
    width = max(len(argument.name) for argument in arguments)
    for argument in arguments:
        yield f"  {argument.name:<{width}} = <{short(argument.value.hash)}> {argument.value.preview}"


def _text_lines(text: object) -> list[str]:
    return str(text).expandtabs(4).rstrip().split("\n") if text else []


def _path_text(reader: Reader, job: JobRecord) -> str:
    steps = [f"Job {step.id} {step.task.rpartition('.')[2]}" for step in [*reader.ancestors(job), job]]
    if len(steps) > _PATH_SHOWN:
        hidden = len(steps) - _PATH_SHOWN
        steps[2:-2] = [f"({hidden} Jobs)"]
    return " > ".join([f"Exec {short(job.execution_id)}", *steps])
