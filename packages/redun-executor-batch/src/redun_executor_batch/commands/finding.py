"""Which job on AWS Batch somebody means by an id of Batch, or by that of a job of redun."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs
from redun.errors import ConfigError, ExecutorError, PluginError, RecorderError

from redun_executor_batch.commands.inquiry import BatchJob, described, jobs_of, parts_of
from redun_executor_batch.commands.scratches import scratch_of
from redun_executor_batch.logs import Stream
from redun_executor_batch.scratch.leftovers import in_use
from redun_executor_batch.scratch.members import member_of
from redun_executor_batch.tags import JOB_TAG

if TYPE_CHECKING:
    from redun.config import Config

    from redun_executor_batch.clients import Clients
    from redun_executor_batch.commands.sections import BatchSection

__all__ = ["Recorded", "Sought", "find_by_id", "find_by_redun_job", "recorded"]

# The first of each is ours, the other that of redun 0.44.
_JOB_TAGS = ("batch_job_id", "aws_batch_job")
_STREAM_TAGS = ("log_stream", "aws_log_stream")


@attrs.frozen
class Sought:
    """A job that was found, or only the log that one left behind.

    Attributes
    ----------
    job : BatchJob or None
    stream : Stream or None
        Where there is no job: Batch forgets one a week after its end, its log stays longer.
    region_of : BatchSection or None
        Where the stream is.
    """

    job: BatchJob | None = None
    stream: Stream | None = None
    region_of: BatchSection | None = None

    @property
    def clients(self) -> Clients:
        """By which to read the log."""
        if self.job is not None:
            return self.job.clients
        assert self.region_of is not None
        return self.region_of.clients


@attrs.frozen
class Recorded:
    """What the record knows of a job.

    Attributes
    ----------
    id : str
        All of its id: 32 digits, a dot, a number.
    executor : str
    batch_jobs, streams : list of str
        Where it ran, if it has ended.
    """

    id: str
    executor: str
    batch_jobs: list[str]
    streams: list[str]


def find_by_id(sections: Sequence[BatchSection], batch_id: str) -> BatchJob:
    """Return the job of an id, whichever executor it belongs to.

    Raises
    ------
    ExecutorError
        AWS knows no such job.
    """
    regions = {section.clients.region: section for section in reversed(sections)}
    array, part, _ = batch_id.partition(":")
    for section in regions.values():
        found = {
            each["jobId"]: each
            for each in described(section.clients, {batch_id, array} if part else {batch_id})
        }
        if batch_id in found:
            job = BatchJob(section.name, section.clients, found[batch_id])
            return job.with_tags((found.get(array) or {}).get("tags") or {})
    raise ExecutorError(
        f"AWS Batch knows no job {batch_id!r} in {', '.join(sorted(regions))}: it forgets a job a week after its end."
    )


def find_by_redun_job(
    config: Config,
    sections: Sequence[BatchSection],
    text: str,
    statuses: Sequence[str],
    queues: Sequence[str] = (),
) -> list[Sought]:
    """Return what is left of a job of redun on AWS Batch: several if it was tried again.

    Raises
    ------
    ExecutorError
        There is nothing.
    """
    known = recorded(config, text)
    if known is not None:
        found = list(_of_record(known, sections))
        if found:
            return found
    wanted = known.id if known is not None else text.lower()
    execution, _, number = wanted.partition(".")
    jobs = [job for section in sections for job in jobs_of(section, statuses, queues)]
    of_execution = [job for job in jobs if job.redun_job.startswith(execution)]
    exact = [job for job in of_execution if number and job.redun_job.endswith(f".{number}")]
    if exact:
        return [Sought(part) for job in exact for part in parts_of(job)]
    members = [part for job in of_execution if job.size for part in _members(config, sections, job, wanted)]
    if members:
        return [Sought(part) for part in members]
    ours = known is None or known.executor in [section.name for section in sections]
    arrays = [job.id for job in of_execution if job.size and ours]
    hint = (
        f" It may be one of the jobs of an array; `redun aws logs -b {arrays[0]}` shows what all of them wrote."
        if arrays
        else " Batch forgets a job a week after its end; did it run on this executor at all?"
    )
    raise ExecutorError(f"No job on AWS Batch is that of the redun job {wanted!r}.{hint}")


def _members(
    config: Config, sections: Sequence[BatchSection], array: BatchJob, wanted: str
) -> Iterator[BatchJob]:
    """Yield the job of an array that runs a job of redun, if it is one of that."""
    for section in sections:
        if section.name == array.executor:
            scratch = scratch_of(config, section)
            for name in sorted(in_use(section.scratch, [array.description])):
                index = member_of(scratch, name, wanted)
                if index is not None:
                    yield find_by_id([section], f"{array.id}:{index}").with_tags({JOB_TAG: wanted})


def recorded(config: Config, text: str) -> Recorded | None:
    """Return what the record knows of a job; None if it knows nothing, or is kept elsewhere.

    Raises
    ------
    AmbiguousIdError
        The id may mean several jobs.
    """
    # The record takes SQLAlchemy, which the other ways to find a job do without.
    from redun.errors import AmbiguousIdError
    from redun.query.opening import look
    from redun.recorder.ids import job_tag_id
    from redun.recorder.reader_lookup import find
    from redun.recorder.reader_records import Kind

    try:
        with look(config) as reader:
            key = find(reader, text, {Kind.JOB}).key
            assert isinstance(key, tuple), "the key of a job is one of its execution and a number"
            job = reader.job(*key)
            identity = job_tag_id(job.execution_id, job.number)
            tags = reader.tags("job", [identity]).get(identity, {})
    except AmbiguousIdError:
        raise
    except (ConfigError, PluginError, RecorderError):
        return None
    return Recorded(
        id=f"{job.execution_id.hex()}.{job.number}",
        executor=job.executor or "",
        batch_jobs=[str(each) for tag in _JOB_TAGS for each in tags.get(tag, ())],
        streams=[str(each) for tag in _STREAM_TAGS for each in tags.get(tag, ())],
    )


def _of_record(known: Recorded, sections: Sequence[BatchSection]) -> Iterator[Sought]:
    sections = [each for each in sections if each.name == known.executor] or sections
    missing = False
    for batch_id in known.batch_jobs:
        try:
            yield Sought(find_by_id(sections, batch_id).with_tags({JOB_TAG: known.id}))
        except ExecutorError:
            missing = True
    if missing or not known.batch_jobs:
        yield from (Sought(stream=Stream(name), region_of=sections[0]) for name in known.streams)
