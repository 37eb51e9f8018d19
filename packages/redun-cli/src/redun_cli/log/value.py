"""Values, files and tasks in detail.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator

from redun.recorder.batch import ValueFlag
from redun.recorder.ids import short
from redun.recorder.lineage import downstream, newest_producer, upstream
from redun.recorder.reader import Reader
from redun.recorder.reader_files import file_versions
from redun.recorder.reader_records import FileRecord, JobRecord, TaskRecord, ValueRecord

from redun_cli.log.dataflow import dataflow_lines
from redun_cli.log.job import error_lines, indented, job_detail, task_block
from redun_cli.log.lines import file_line, job_lines, value_line
from redun_cli.log.tags import tag_lines, tags_of

__all__ = ["file_detail", "latest_version", "producing_job", "task_detail", "value_detail"]

_SHOWN = 20


def value_detail(reader: Reader, value: ValueRecord, limit: int) -> Iterator[str]:
    """Yield the lines of a value: what it is, what it holds, and where it came from."""
    yield f"Value {value.hash.hex()} {value.type}"
    yield f"Size: {value.size} bytes"
    yield from tag_lines(tags_of(reader, "value", value.hash))
    yield ""
    if value.flags & ValueFlag.ERROR:
        yield from indented(error_lines(reader, value), 2)
        return
    yield f"  {value.preview}"
    if value.flags & ValueFlag.SECRET:
        yield "  It is a secret, or holds one: its content is not kept."
    parts = reader.values(reader.parts(value.hash, _SHOWN))
    if parts:
        yield ""
        yield "Holds:"
        yield from indented((value_line(part) for part in parts.values()), 2)
    yield ""
    yield "Upstream dataflow:"
    yield ""
    yield from indented(dataflow_lines(upstream(reader, value, name="value", limit=limit)), 2)


def latest_version(reader: Reader, path: str) -> tuple[FileRecord, list[FileRecord]]:
    """Return the newest content of a file that a job wrote, or else read, and its other contents."""
    versions = file_versions(reader, path)

    def rank(file: FileRecord) -> tuple[int, int]:
        producer = newest_producer(reader, file.value.hash)
        jobs = _consumers(reader, file) if producer is None else reader.jobs_of_call(producer.hash, 1)
        return (int(file.written), max((job.started for job in jobs), default=0))

    newest = max(versions, key=rank)
    return newest, [file for file in versions if file is not newest]


def producing_job(reader: Reader, file: FileRecord) -> JobRecord | None:
    """Return the job that wrote a file."""
    producer = newest_producer(reader, file.value.hash)
    return None if producer is None else reader.job_that_ran(producer.hash)


def file_detail(reader: Reader, path: str, limit: int) -> Iterator[str]:
    """Yield the lines of a file: the job that produced it, in detail, and those that consumed it."""
    file, others = latest_version(reader, path)
    yield file_line(file)
    producer = producing_job(reader, file)
    if producer is not None:
        yield f"Produced by Job {producer.id}"
        yield ""
        yield from indented(job_detail(reader, producer, limit), 2)
    else:
        yield "Produced by no job: it came from outside."
    consumers = _consumers(reader, file)
    if consumers:
        yield ""
        yield "Consumed by:"
        yield from indented(job_lines(reader, consumers), 2)
    if others:
        yield ""
        yield f"Other contents of {path}:"
        yield from indented((file_line(other) for other in others), 2)


def task_detail(reader: Reader, task: TaskRecord) -> Iterator[str]:
    """Yield the lines of a task: its source, and its other versions."""
    yield from task_block(reader, task)
    others = [other for other in reader.tasks_named(task.fullname) if other.hash != task.hash]
    if others:
        yield ""
        yield "Other versions:"
        yield from indented((f"Task {short(other.hash)} {other.file}:{other.line}" for other in others), 2)


def _consumers(reader: Reader, file: FileRecord) -> list[JobRecord]:
    uses = [use for use in downstream(reader, file.value, limit=_SHOWN) if use.depth == 1]
    jobs = [reader.job_that_ran(use.call.hash) for use in uses]
    return list({job.id: job for job in jobs if job is not None}.values())
