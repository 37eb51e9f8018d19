"""`redun aws kill-jobs`."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import click
from redun.errors import ExecutorError

from redun_executor_batch.commands.inquiry import BatchJob, jobs_of
from redun_executor_batch.commands.listing import of_execution, rows
from redun_executor_batch.commands.options import (
    Duration,
    executor_option,
    queue_option,
    status_option,
    yes_option,
)
from redun_executor_batch.commands.sections import chosen_sections
from redun_executor_batch.denials import asking
from redun_executor_batch.fate import IN_FLIGHT

__all__ = ["confirm", "kill_jobs"]

_REASON = "Killed by `redun aws kill-jobs`"
_AT_ONCE = 8


@click.command("kill-jobs", short_help="End jobs on AWS Batch.")
@status_option(IN_FLIGHT, "those in flight")
@click.option("-x", "--execution", metavar="ID", help="Only jobs of the execution whose id begins so.")
@click.option("--older-than", type=Duration(), metavar="AGE", help="Only jobs submitted longer ago: 12h, 7d.")
@executor_option
@queue_option
@click.option("--dry-run", is_flag=True, help="Only show which.")
@yes_option("End them")
@click.pass_context
def kill_jobs(
    ctx: click.Context,
    /,
    statuses: Sequence[str],
    execution: str | None,
    older_than: float | None,
    executors: Sequence[str],
    queues: Sequence[str],
    dry_run: bool,
    yes: bool,
) -> int:
    """End the jobs that redun has on AWS Batch, whether they run or wait.

    A scheduler that waits for them sees them fail as cancelled.
    """
    sections = chosen_sections(ctx, executors)
    wanted = [status for status in statuses if status in IN_FLIGHT]
    found = (job for section in sections for job in jobs_of(section, wanted, queues))
    before = None if older_than is None else time.time() - older_than
    jobs = [job for job in of_execution(found, execution) if before is None or job.created_s < before]
    if not jobs:
        click.echo("No jobs to kill.")
        return 0
    click.echo("\n".join(rows(jobs)))
    if dry_run:
        return 0
    confirm(f"Kill {_counted(len(jobs))}?", yes)
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        failures = [failure for failure in threads.map(_kill, jobs) if failure is not None]
    for failure in failures:
        click.echo(f"redun: error: {failure}", err=True)
    click.echo(f"Killed {_counted(len(jobs) - len(failures))}.")
    return 1 if failures else 0


def confirm(question: str, yes: bool) -> None:
    """Go on only if somebody says so.

    Raises
    ------
    UsageError
        Nobody can be asked.
    Abort
        They say no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} There is no terminal to ask at; say --yes.")
    click.confirm(question, abort=True)


def _kill(job: BatchJob) -> ExecutorError | None:
    try:
        with asking(f"ending the job {job.id}"):
            job.clients.get("batch").terminate_job(jobId=job.id, reason=_REASON)
    except ExecutorError as error:
        return error
    return None


def _counted(number: int) -> str:
    return f"{number} job" if number == 1 else f"{number} jobs"
