"""`redun db`: the command line of it.

Floor: command line. Parsing only; a module for each command does the work.
"""

from __future__ import annotations

from pathlib import Path

import click

from redun_cli.invocation import invocation_of

__all__ = ["db"]

_FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
_DATABASE = click.argument("database", metavar="[DATABASE]", required=False)


@click.group(short_help="Look after the record: sizes, checks, versions, backups, removal.")
def db() -> None:
    """Look after the record: what it holds, whether it is whole, its versions, backups, and what to keep."""


@db.command(short_help="Show version, sizes and what the record holds.")
@_DATABASE
@_FORMAT
@click.pass_context
def info(ctx: click.Context, database: str | None, form: str) -> None:
    """Show the version of the record, its size by table, and how many executions it holds.

    DATABASE is another record, such as a backup: a file, or a URL.
    """
    from redun_cli.db.information import show
    from redun_cli.db.naming import upkeep_of

    invocation = invocation_of(ctx)
    show(upkeep_of(invocation, database), invocation.config_dir, as_json=form == "json")


@db.command(short_help="List the versions of the schema.")
@_FORMAT
def versions(form: str) -> None:
    """List the versions of the schema that this redun knows, oldest first."""
    from redun_cli.db.versions import show

    show(as_json=form == "json")


@db.command(short_help="Check that the record is whole.")
@_DATABASE
@click.option("--deep", is_flag=True, help="Recompute all hashes, and read the files of large values.")
@_FORMAT
@click.pass_context
def check(ctx: click.Context, database: str | None, deep: bool, form: str) -> int:
    """Check that the record is whole, and say what problems mean and what to do. The exit code is 1 if there are any.

    DATABASE is another record, such as a backup: a file, or a URL. Nothing is changed, and runs may go on meanwhile.
    """
    from redun_cli.db.checking import show
    from redun_cli.db.naming import upkeep_of

    return show(upkeep_of(invocation_of(ctx), database), deep=deep, as_json=form == "json")


@db.command(short_help="Check that what is recorded is signed with an accepted key.")
@click.option("--all", "everything", is_flag=True, help="Also read the payloads in the value store.")
@_FORMAT
@click.pass_context
def verify(ctx: click.Context, everything: bool, form: str) -> int:
    """Check that every value is signed with a key of section [signing]. The exit code is 1 if one is not.

    Nothing is changed and nothing unpickled, and runs may go on meanwhile.
    """
    from redun_cli.db.signing import verify as verify_

    return verify_(invocation_of(ctx), everything=everything, as_json=form == "json")


@db.command(short_help="Sign what is recorded with the present key.")
@click.option("--unsigned", is_flag=True, help="Also sign what has no signature: who wrote that is trusted.")
@click.option(
    "--unknown",
    is_flag=True,
    help="Also sign what a key signed that is not accepted: who wrote that is trusted.",
)
@click.pass_context
def sign(ctx: click.Context, unsigned: bool, unknown: bool) -> None:
    """Sign with the first key of section [signing] what another accepted key has signed.

    What has no signature, or that of a strange key, may be from anybody who could write to the record, and loading a
    value runs whatever its bytes ask for: it is signed only if you say so. What has a wrong signature never is.
    """
    from redun_cli.db.signing import sign as sign_

    sign_(invocation_of(ctx), unsigned=unsigned, unknown=unknown)


def _changing(name: str, what: str, **argument: object) -> None:
    """Add the command that goes to another version."""

    @db.command(name, short_help=what, help=f"{what}\n\nRunning executions are in the way.")
    @click.argument("version", metavar="[VERSION]" if argument else "VERSION", **argument)  # type: ignore[arg-type]
    @click.option(
        "--backup", type=click.Path(path_type=Path), metavar="FILE", help="First copy the record to FILE."
    )
    @click.option("--no-backup", is_flag=True, help="Do not offer to copy the record first.")
    @click.pass_context
    def change(ctx: click.Context, version: str, backup: Path | None, no_backup: bool) -> None:
        from redun_cli.db.naming import upkeep_of
        from redun_cli.db.versions import go

        if backup is not None and no_backup:
            raise click.UsageError("--backup and --no-backup exclude each other", ctx)
        invocation = invocation_of(ctx)
        upkeep = upkeep_of(invocation)
        go(
            name,
            version,
            upkeep,
            invocation.config_dir,
            backup=backup,
            offer=not no_backup,
            store=invocation.value_store(),
        )


_changing(
    "upgrade", "Bring the record to a newer version of the schema, by default the latest.", default="latest"
)
_changing("downgrade", "Bring the record back to an older version of the schema.")


@db.command(short_help="Copy the record, beside runs.")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def backup(ctx: click.Context, file: Path) -> None:
    """Copy the record to FILE, with the large values that it needs in a folder `values` beside it.

    Runs may go on meanwhile: the copy is the record of one moment. It is checked, and replaces nothing.
    """
    from redun_cli.db.copying import make
    from redun_cli.db.naming import file_of

    invocation = invocation_of(ctx)
    make(file_of(invocation, "backup"), file, invocation.value_store())


@db.command(short_help="Copy a record into a database of another kind.")
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST")
@click.option("--source-values", metavar="PLACE", help="The value store of SRC: a folder, or a URL.")
@click.option("--target-values", metavar="PLACE", help="The value store of DST: a folder, or a URL.")
@_FORMAT
@click.pass_context
def copy(
    ctx: click.Context,
    source: str,
    target: str,
    source_values: str | None,
    target_values: str | None,
    form: str,
) -> int:
    """Copy the record SRC into the database DST, and compare both row by row. The exit code is 1 if they differ.

    SRC and DST are files of SQLite, URLs such as postgresql://host/redun, or names of repositories (`redun repo
    list`). DST is empty, or an earlier copy: what was interrupted is completed by copying again, and so is what was
    recorded since. Runs may go on in SRC meanwhile; the copy is of the moment when it began.
    """
    from redun_cli.db.duplicating import copy as copy_

    return copy_(
        invocation_of(ctx),
        source,
        target,
        source_values=source_values,
        target_values=target_values,
        as_json=form == "json",
    )


@db.command(short_help="Remove executions, and what only they lead to.")
@click.option(
    "--keep-last", type=click.IntRange(min=0), metavar="N", help="Keep the newest N of each root task."
)
@click.option("--overall", is_flag=True, help="With --keep-last: the newest N of all.")
@click.option(
    "--older-than", metavar="AGE", help="Remove only what began before: 30d, '6 months', 2026-01-31."
)
@click.option(
    "--tag", "tags", multiple=True, metavar="KEY[=VALUE]", help="Remove only what has this tag; repeatable."
)
@click.option(
    "--not-tag", "not_tags", multiple=True, metavar="KEY[=VALUE]", help="Keep what has this tag; repeatable."
)
@click.option("--keep-files", is_flag=True, help="Keep what made files that still exist.")
@click.option("--all", "everything", is_flag=True, help="Remove all but pinned and running executions.")
@click.option("--unreachable-only", is_flag=True, help="Remove no execution, only what none leads to.")
@click.option("--yes", is_flag=True, help="Do it. Else only say what would be removed.")
@_FORMAT
@click.pass_context
def gc(
    ctx: click.Context,
    keep_last: int | None,
    overall: bool,
    older_than: str | None,
    tags: tuple[str, ...],
    not_tags: tuple[str, ...],
    keep_files: bool,
    everything: bool,
    unreachable_only: bool,
    yes: bool,
    form: str,
) -> None:
    """Remove executions, and the calls, values and payloads that no other execution leads to.

    Conditions add up. Pinned executions (`redun db pin`) and running ones are always kept, and runs may go on
    meanwhile. Without --yes nothing is changed.
    """
    from redun_cli.db.collecting import read_selection, run
    from redun_cli.db.naming import file_of

    chooses = keep_last is not None or older_than is not None or bool(tags or not_tags) or everything
    if unreachable_only and (chooses or keep_files):
        raise click.UsageError("--unreachable-only removes no execution: leave out the other conditions", ctx)
    if not (chooses or unreachable_only):
        raise click.UsageError(
            "say what may go: --keep-last, --older-than, --tag, --not-tag, --all, or --unreachable-only", ctx
        )
    if overall and keep_last is None:
        raise click.UsageError("--overall goes with --keep-last", ctx)
    invocation = invocation_of(ctx)
    selection = read_selection(
        invocation,
        keep_last=keep_last,
        overall=overall,
        older_than=older_than,
        tags=tags,
        not_tags=not_tags,
        keep_files=keep_files,
        everything=everything,
    )
    run(
        file_of(invocation, "gc"),
        selection,
        really=yes,
        as_json=form == "json",
        store=invocation.value_store(),
    )


@db.command(short_help="Keep executions for good.")
@click.argument("executions", metavar="EXEC...", nargs=-1, required=True)
@click.pass_context
def pin(ctx: click.Context, executions: tuple[str, ...]) -> None:
    """Keep executions for good: gives them the tag `pinned`, and `redun db gc` never removes them."""
    from redun_cli.db.pins import pin as pin_

    pin_(invocation_of(ctx), executions)


@db.command(short_help="Let executions be removed again.")
@click.argument("executions", metavar="EXEC...", nargs=-1, required=True)
@click.pass_context
def unpin(ctx: click.Context, executions: tuple[str, ...]) -> None:
    """Take the tag `pinned` away from executions."""
    from redun_cli.db.pins import unpin as unpin_

    unpin_(invocation_of(ctx), executions)
