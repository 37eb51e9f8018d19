"""`redun aws logs`."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import attrs
import click
from redun.errors import ExecutorError

from redun_executor_batch.clients import Clients
from redun_executor_batch.commands.finding import Sought, find_by_id, find_by_redun_job
from redun_executor_batch.commands.inquiry import STATUSES, BatchJob, described, jobs_of, parts_of
from redun_executor_batch.commands.options import executor_option, queue_option, status_option
from redun_executor_batch.commands.sections import BatchSection, chosen_sections, config_of
from redun_executor_batch.fate import IN_FLIGHT
from redun_executor_batch.logs import GROUP, Event, Reading, Stream, streams

__all__ = ["logs"]

_FOLLOW_S = 2.0


@click.command("logs", short_help="Show what jobs on AWS Batch wrote.")
@click.option(
    "-j", "--job", "redun_jobs", metavar="ID", multiple=True, help="Of a job of redun: 3f9a2b1c.17, -.17."
)
@click.option(
    "-b", "--batch-job", "batch_jobs", metavar="ID", multiple=True, help="Of a job by its id on AWS Batch."
)
@click.option(
    "-l", "--log-stream", "names", metavar="STREAM", multiple=True, help="Of a log stream by its name."
)
@click.option("-a", "--all", "everything", is_flag=True, help="Of all jobs that redun has on AWS Batch.")
@status_option(STATUSES, "all")
@executor_option
@queue_option
@click.option("--group", metavar="GROUP", default=GROUP, show_default=True, help="The log group, with -l.")
@click.option("-n", "--lines", type=click.IntRange(min=1), metavar="N", help="The last N lines of each log.")
@click.option("-f", "--follow", is_flag=True, help="Go on showing what is written until the jobs have ended.")
@click.pass_context
def logs(
    ctx: click.Context,
    /,
    redun_jobs: Sequence[str],
    batch_jobs: Sequence[str],
    names: Sequence[str],
    everything: bool,
    statuses: Sequence[str],
    executors: Sequence[str],
    queues: Sequence[str],
    group: str,
    lines: int | None,
    follow: bool,
) -> int:
    """Show what jobs on AWS Batch wrote, from CloudWatch Logs: of each attempt, the first one first."""
    if not (redun_jobs or batch_jobs or names or everything):
        raise click.UsageError("Say whose: -j ID, -b ID, -l STREAM or --all.")
    sections = chosen_sections(ctx, executors)
    sought = _sought(ctx, sections, redun_jobs, batch_jobs, statuses, queues)
    found: Iterable[Sought] = sought
    if everything:
        found = (Sought(part) for part in _all_parts(sections, statuses, queues))
    found = [*found] if follow else found
    shown = _Shown(lines)
    for each in found:
        if each.job is not None:
            shown.show(each.job)
        else:
            shown.show_stream(each.clients, each.stream)
    for name in names:
        shown.show_stream(sections[0].clients, Stream(name, group))
    if follow:
        shown.follow()
    return 0


def _sought(
    ctx: click.Context,
    sections: Sequence[BatchSection],
    redun_jobs: Sequence[str],
    batch_jobs: Sequence[str],
    statuses: Sequence[str],
    queues: Sequence[str],
) -> list[Sought]:
    found = [
        each
        for text in redun_jobs
        for each in find_by_redun_job(config_of(ctx), sections, text, statuses, queues)
    ]
    return found + [Sought(part) for each in batch_jobs for part in parts_of(find_by_id(sections, each))]


def _all_parts(
    sections: Sequence[BatchSection], statuses: Sequence[str], queues: Sequence[str]
) -> Iterator[BatchJob]:
    for section in sections:
        for job in jobs_of(section, statuses, queues):
            yield from parts_of(job)


@attrs.define
class _Shown:
    """Shows logs, and what is added to them.

    Attributes
    ----------
    lines : int or None
        Show the last so many of each at first.
    """

    lines: int | None
    _readings: dict[Stream, Reading] = attrs.field(factory=dict, init=False)
    _jobs: dict[str, BatchJob] = attrs.field(factory=dict, init=False)
    _last: Stream | None = attrs.field(default=None, init=False)

    def show(self, job: BatchJob) -> None:
        self._jobs[job.id] = job
        found = streams(job.description)
        if not found:
            click.echo(f"{_head(job)}\n(It has not begun to write.)")
        for stream in found:
            self._show(job, job.clients, stream)

    def show_stream(self, clients: Clients, stream: Stream | None) -> None:
        assert stream is not None
        if not self._show(None, clients, stream):
            raise ExecutorError(
                f"The log group {stream.group!r} holds nothing of the stream {stream.name!r}."
            )

    def follow(self) -> None:
        """Go on until every job has ended, and a last time then."""
        while True:
            going = [job for job in self._jobs.values() if job.status in IN_FLIGHT]
            for job in self._jobs.values():
                for stream in streams(job.description):
                    self._show(job, job.clients, stream)
            if not going:
                return
            time.sleep(_FOLLOW_S)
            for job in going:
                for description in described(job.clients, [job.id]):
                    self._jobs[job.id] = BatchJob(job.executor, job.clients, description)

    def _show(self, job: BatchJob | None, clients: Clients, stream: Stream) -> int:
        """Show what was not shown yet; return how many lines that is."""
        reading = self._readings.get(stream)
        first = reading is None
        if reading is None:
            reading = self._readings[stream] = Reading(clients, stream)
        events: Iterable[Event] = reading.more()
        if first and self.lines is not None:
            events = deque(events, self.lines)
        count = 0
        for count, event in enumerate(events, 1):
            if count == 1 and self._last != stream:
                self._head(job, stream)
            click.echo(str(event))
        if first and not count and job is not None:
            self._head(job, stream)
            click.echo("(It has written nothing.)")
        return count

    def _head(self, job: BatchJob | None, stream: Stream) -> None:
        self._last = stream
        if job is not None:
            click.echo(_head(job, stream.attempt))
        click.echo(f"# log stream {stream.name}")


def _head(job: BatchJob, attempt: int = 0) -> str:
    parts = [f"# Batch job {job.id}", job.status]
    parts += [f"task {job.task}"] if job.task else []
    parts += [f"redun job {job.redun_job}"] if "." in job.redun_job else []
    parts += [f"attempt {attempt}"] if attempt > 1 or len(job.description.get("attempts") or ()) > 1 else []
    return ", ".join(parts)
