"""`redun aws list-jobs`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence

import click

from redun_executor_batch.commands.inquiry import BatchJob, jobs_of
from redun_executor_batch.commands.options import age, executor_option, queue_option, status_option
from redun_executor_batch.commands.sections import chosen_sections
from redun_executor_batch.fate import IN_FLIGHT

__all__ = ["list_jobs", "of_execution", "rows"]

_HEAD = ("STATUS", "BATCH JOB", "REDUN JOB", "TASK", "AGE", "EXECUTOR")
_ROW = "{:<9}  {:<36}  {:<14}  {:<30}  {:>4}  {}"


@click.command("list-jobs", short_help="List jobs on AWS Batch.")
@status_option(IN_FLIGHT, "those in flight")
@click.option("-x", "--execution", metavar="ID", help="Only jobs of the execution whose id begins so.")
@executor_option
@queue_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "table"]),
    default="json",
    show_default=True,
    help="One JSON object a line, all that AWS tells of a job; or what fits into a line.",
)
@click.pass_context
def list_jobs(
    ctx: click.Context,
    /,
    statuses: Sequence[str],
    execution: str | None,
    executors: Sequence[str],
    queues: Sequence[str],
    form: str,
) -> None:
    """List the jobs that redun has on AWS Batch.

    They are those in the queue of each executor whose names begin with its job_name_prefix.
    """
    found = (job for section in chosen_sections(ctx, executors) for job in jobs_of(section, statuses, queues))
    jobs = of_execution(found, execution)
    if form == "json":
        for job in jobs:
            click.echo(json.dumps({**job.description, "executor": job.executor}, default=str))
    else:
        click.echo("\n".join(rows(jobs)))


def of_execution(jobs: Iterable[BatchJob], execution: str | None) -> Iterator[BatchJob]:
    """Yield those jobs that belong to an execution."""
    return (job for job in jobs if not execution or job.redun_job.startswith(execution.lower()))


def rows(jobs: Iterable[BatchJob]) -> Iterator[str]:
    """Yield jobs as the lines of a table."""
    yield _ROW.format(*_HEAD)
    for job in jobs:
        execution, dot, number = job.redun_job.partition(".")
        size = f" [{job.size}]" if job.size else ""
        yield _ROW.format(
            job.status,
            job.id,
            f"{execution[:8]}{dot}{number}",
            f"{job.task}{size}",
            age(max(0.0, time.time() - job.created_s)),
            job.executor,
        )
