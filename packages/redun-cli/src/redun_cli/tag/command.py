"""`redun tag`: the command line of it.

Floor: command line. Parsing only; a module for each command does the work.
"""

from __future__ import annotations

import click

from redun_cli.ids import id_of, spelled
from redun_cli.invocation import invocation_of, look
from redun_cli.tag.words import read_tags

__all__ = ["tag"]

_IDS = """\b
ID is what `redun log` takes: - (the last execution), ~2, 3f9a2b1c, -.17 (a job),
the hash of a call node, task or value, the name of a task, the path of a file."""


class _IdsAndTags(click.Command):
    """Takes ids, then tags, perhaps with `--` between them; an id such as `-.17` has the looks of an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        before, dashes, after = args, [], []
        if "--" in args:
            place = args.index("--")
            before, dashes, after = args[:place], ["--"], args[place + 1 :]
        before = spelled(before)
        ctx.meta[__name__] = len(after) if dashes else None
        return super().parse_args(ctx, [*before, *dashes, *after])


def _split(ctx: click.Context, words: tuple[str, ...], *, bare_keys: bool) -> tuple[list[str], list[str]]:
    """Return the ids and the tags among words: `--` parts them, or else the first tag begins the tags."""
    behind: int | None = ctx.meta[__name__]
    if behind is not None:
        first = len(words) - behind
    else:
        first = next((place for place, word in enumerate(words) if "=" in word), len(words))
        if first == len(words) > 1 and bare_keys:
            first -= 1
    ids = list(map(id_of, words[:first]))
    form = "KEY or KEY=VALUE" if bare_keys else "KEY=VALUE"
    if not ids:
        raise click.UsageError(f"say what is tagged: one ID or more, then {form}", ctx)
    if not words[first:]:
        raise click.UsageError(f"say which tag: {form} after the ids", ctx)
    return ids, list(words[first:])


@click.group(short_help="List tags, and what has them; add, replace and remove them.")
def tag() -> None:
    """List tags, and what has them; add, replace and remove them.

    A tag is a key and a JSON value, on an execution, job, call node, task or value.
    """


@tag.command("list", short_help="List tags, or what has them.")
@click.argument("words", metavar="[KEY|KEY=VALUE]...", nargs=-1)
@click.option("--values", is_flag=True, help="List values beside the keys.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-n", "--limit", type=click.IntRange(min=0), help="Show at most so many; 0 for all.")
@click.pass_context
def list_(ctx: click.Context, words: tuple[str, ...], values: bool, form: str, limit: int | None) -> None:
    """List the keys of all tags, with the number of tags on each kind of record.

    With KEY or KEY=VALUE, list the records that have all these tags.
    """

    from redun_cli.tag.listing import list_records, list_tags

    if words and values:
        raise click.UsageError("--values is for the list of all tags: leave out either it or the tags", ctx)
    with look(ctx) as reader:
        if words:
            list_records(reader, read_tags(words, bare_keys=True), as_json=form == "json", limit=limit)
        else:
            list_tags(reader, values=values, as_json=form == "json", limit=limit)


@tag.command(cls=_IdsAndTags, short_help="Add tags.", epilog=_IDS)
@click.argument("words", metavar="ID... [--] KEY=VALUE...", nargs=-1)
@click.pass_context
def add(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Add tags to records; a key may have several values. All is done or nothing."""
    from redun_cli.tag.changing import add as change

    ids, tags = _split(ctx, words, bare_keys=False)
    change(invocation_of(ctx), ids, read_tags(tags, bare_keys=False))


@tag.command(cls=_IdsAndTags, short_help="Replace tags.", epilog=_IDS)
@click.argument("words", metavar="ID... [--] KEY=VALUE...", nargs=-1)
@click.pass_context
def update(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Give keys these values on records, in place of all that they have there. All is done or nothing."""
    from redun_cli.tag.changing import update as change

    ids, tags = _split(ctx, words, bare_keys=False)
    change(invocation_of(ctx), ids, read_tags(tags, bare_keys=False))


@tag.command(cls=_IdsAndTags, short_help="Remove tags.", epilog=_IDS)
@click.argument("words", metavar="ID... [--] KEY|KEY=VALUE...", nargs=-1)
@click.pass_context
def rm(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Remove tags from records, or with a KEY alone all its values. All is done or nothing.

    Put `--` before the tags if the first of several is a KEY alone.
    """
    from redun_cli.tag.changing import remove

    ids, tags = _split(ctx, words, bare_keys=True)
    remove(invocation_of(ctx), ids, read_tags(tags, bare_keys=True))
