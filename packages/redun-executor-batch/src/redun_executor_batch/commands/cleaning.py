"""`redun aws clean`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import attrs
import click

from redun_executor_batch.commands.inquiry import jobs_of
from redun_executor_batch.commands.killing import confirm
from redun_executor_batch.commands.options import Duration, age, executor_option, yes_option
from redun_executor_batch.commands.scratches import scratch_of
from redun_executor_batch.commands.sections import BatchSection, batch_sections, chosen_sections, config_of
from redun_executor_batch.fate import IN_FLIGHT
from redun_executor_batch.scratch.leftovers import KINDS, Part, in_use, inventory, leftovers

__all__ = ["clean"]

_LIFETIME = "30d"


@click.command("clean", short_help="Remove what old jobs left in the scratch folder.")
@click.option(
    "--older-than",
    type=Duration(),
    metavar="AGE",
    help=f"Instead of the executor's scratch_lifetime, which is {_LIFETIME} unless it is set: 12h, 7d, 4w.",
)
@executor_option
@click.option(
    "--queue",
    "queues",
    metavar="QUEUE",
    multiple=True,
    help="Jobs in flight may be in this queue too; repeatable.",
)
@click.option("-v", "--verbose", is_flag=True, help="List what goes.")
@click.option("--dry-run", is_flag=True, help="Only show how much would go.")
@yes_option("Remove it")
@click.pass_context
def clean(
    ctx: click.Context,
    /,
    older_than: float | None,
    executors: Sequence[str],
    queues: Sequence[str],
    verbose: bool,
    dry_run: bool,
    yes: bool,
) -> int:
    """Remove what old jobs left in the scratch folder of each executor.

    Arguments, results and archives of code are needed only while a job is in flight; redun's record has what
    lasts. What jobs in flight need stays, however old, as does code that anything which stays refers to.
    """
    config = config_of(ctx)
    code = 0
    for url in dict.fromkeys(section.scratch for section in chosen_sections(ctx, executors)):
        # What one executor does not need any more, another one with the same folder may.
        sharing = [each for each in batch_sections(config) if each.scratch == url]
        lifetime = older_than if older_than is not None else max(map(_lifetime, sharing))
        scratch = scratch_of(config, sharing[0])
        parts = inventory(scratch)
        flying = [
            job.description
            for each in sharing
            for job in jobs_of(each, IN_FLIGHT, list(dict.fromkeys([each.queue, *queues])))
        ]
        going = leftovers(scratch, parts, time.time() - lifetime, in_use(url, flying))
        click.echo(f"{url}: what is older than {age(lifetime)}")
        click.echo("\n".join(_table(parts, going)))
        if verbose:
            for part in going:
                click.echo(f"  {part.name}  {_size(part.size)}  {age(time.time() - part.modified_s)}")
        if going and not dry_run:
            confirm(
                f"Remove {len(going):,} of {len(parts):,} ({_size(sum(part.size for part in going))})?", yes
            )
            problems = scratch.remove([name for part in going for name in part.files])
            for problem in problems:
                click.echo(f"redun: error: {problem}", err=True)
            code = code or int(bool(problems))
            click.echo("Removed." if not problems else f"Removed, except for {len(problems):,}.")
    return code


def _lifetime(section: BatchSection) -> float:
    text = section.section.get_str("scratch_lifetime", _LIFETIME)
    seconds = Duration.seconds(text)
    if seconds is None:
        raise section.section.error(
            "scratch_lifetime", f"{text!r} is no duration; write it like 12h, 30d or 4w"
        )
    return seconds


@attrs.define
class _Sum:
    going: int = 0
    all: int = 0
    size: int = 0


def _table(parts: Sequence[Part], going: Sequence[Part]) -> Iterator[str]:
    """Yield how much there is of each kind, and how much of it goes."""
    sums = {kind: _Sum() for kind in KINDS}
    for part in parts:
        sums[part.kind].all += 1
    for part in going:
        sums[part.kind].going += 1
        sums[part.kind].size += part.size
    for kind, noun in KINDS.items():
        each = sums[kind]
        yield f"  {noun:<13} {each.going:>9,} of {each.all:>9,}  {_size(each.size):>10}"


def _size(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
