"""The one-line form of each kind of record.

Floor: command line.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from redun.recorder.batch import JobStatus
from redun.recorder.ids import short
from redun.recorder.reader import Reader
from redun.recorder.reader_records import (
    ArgumentRecord,
    CallRecord,
    ExecutionRecord,
    FileRecord,
    JobRecord,
    TaskRecord,
    ValueRecord,
)

from redun_cli.log.moments import local
from redun_cli.log.tags import chosen_tags, tags_text
from redun_cli.log.writing import cut
from redun_cli.report.lines import WORDS

__all__ = [
    "arguments_text",
    "call_line",
    "command_text",
    "execution_line",
    "execution_lines",
    "file_line",
    "job_line",
    "job_lines",
    "margin",
    "task_line",
    "value_line",
]

T = TypeVar("T")

_CHUNK = 500
_ARGUMENT_WIDTH = 60
_ORIGIN_WIDTH = 80
_CALL_WIDTH = 200
_PREVIEW_WIDTH = 200
# Beyond it a deep tree would only be margin.
_DEEPEST = 40


def execution_line(
    execution: ExecutionRecord, tags: Mapping[str, list[object]], *, full: bool = False
) -> str:
    """Return `Exec <8> [ DONE ] <time>:  <argv> (<tags>)`, without the tags that every execution has."""
    shown = execution.id.hex() if full else short(execution.id)
    line = f"Exec {shown} [{execution.status.name:^6}] {local(execution.started)}:  {command_text(execution.argv)}"
    # Whoever it came from may have chosen any name.
    origin = "" if execution.origin is None else f" (from {cut(execution.origin, _ORIGIN_WIDTH)})"
    return line + origin + _tags_text(chosen_tags(execution, tags))


def execution_lines(reader: Reader, executions: Iterable[ExecutionRecord]) -> Iterator[str]:
    """Yield the line of each execution."""
    for chunk in _chunks(executions):
        tags = reader.tags("execution", [execution.id for execution in chunk])
        for execution in chunk:
            yield execution_line(execution, tags.get(execution.id, {}))


def command_text(argv: Sequence[str]) -> str:
    """Return a command as typed, without the program's name."""
    words = argv[1:] if argv and os.path.basename(argv[0]) == "redun" else argv
    return " ".join(words)


def job_line(job: JobRecord, arguments: Sequence[ArgumentRecord], *, full: bool = False) -> str:
    """Return `Job <id> [ DONE ] <time>:  <task>(<arguments>) (<why it ran>)`; the reason in full is told elsewhere."""
    shown = f"{job.execution_id.hex()}.{job.number}" if full else job.id
    call = cut(f"{job.task}({arguments_text(arguments)})", _CALL_WIDTH)
    line = f"Job {shown} [{job.status.name:^6}] {local(job.started)}:  {call}"
    ran = job.status is not JobStatus.CACHED and job.reason in WORDS and not full
    return f"{line} ({WORDS[job.reason]})" if ran else line


def job_lines(reader: Reader, jobs: Iterable[JobRecord]) -> Iterator[str]:
    """Yield the line of each job."""
    for chunk in _chunks(jobs):
        arguments = reader.arguments(job.eval_hash for job in chunk)
        for job in chunk:
            yield job_line(job, arguments.get(job.eval_hash, ()))


def arguments_text(arguments: Sequence[ArgumentRecord]) -> str:
    """Return `name=preview, …`."""
    return ", ".join(
        f"{argument.name}={cut(argument.value.preview, _ARGUMENT_WIDTH)}" for argument in arguments
    )


def call_line(call: CallRecord) -> str:
    """Return `CallNode <8> <task>`."""
    return f"CallNode {short(call.hash)} {call.task}"


def task_line(task: TaskRecord) -> str:
    """Return `Task <8> <name>`."""
    return f"Task {short(task.hash)} {task.fullname}"


def value_line(value: ValueRecord) -> str:
    """Return `Value <8> <type> <preview>`."""
    return f"Value {short(value.hash)} {value.type} {cut(value.preview, _PREVIEW_WIDTH)}"


def file_line(file: FileRecord) -> str:
    """Return `File <8> rw <path>`: read by a call, written by a call, or both."""
    role = f"{'r' if file.read else ''}{'w' if file.written else ''}"
    return f"File {short(file.value.hash)} {role:<2} {file.path}"


def margin(depth: int) -> str:
    """Return what stands before a line of a tree."""
    return "  " * depth if depth <= _DEEPEST else f"{'  ' * _DEEPEST}(depth {depth}) "


def _tags_text(tags: Mapping[str, list[object]]) -> str:
    return f" ({tags_text(tags)})" if tags else ""


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
