"""`redun repo`, `push`, `pull`, `export`, `import`: what may be asked.

Floor: command line.
"""

from __future__ import annotations

from pathlib import Path

import click

from redun_cli.ids import IdCommand, id_of
from redun_cli.invocation import invocation_of

__all__ = ["export", "import_", "pull", "push", "repo"]

_IDS = click.argument("ids", metavar="[ID]...", nargs=-1)
_FILE = click.option(
    "-f", "--file", "path", metavar="FILE", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path)
)


@click.group()
def repo() -> None:
    """Other repositories: their names, and where their configurations are.

    `redun --repo NAME COMMAND` runs a command in one of them.
    """


@repo.command()
@click.argument("name")
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--trusted", is_flag=True, help="Let the cache use what comes from there.")
@click.pass_context
def add(ctx: click.Context, name: str, directory: Path, trusted: bool) -> None:
    """Give the repository whose configuration is in DIR a name.

    Only trust a repository if you would run code from there: the values in it are pickles, and to read them runs
    what they say.
    """
    from redun_cli.repositories.naming import add_named

    add_named(invocation_of(ctx), name, directory, trusted=trusted)


@repo.command("list")
@click.pass_context
def list_(ctx: click.Context) -> None:
    """List the repositories that have names."""
    from redun_cli.repositories.naming import list_named

    list_named(invocation_of(ctx))


@repo.command()
@click.argument("name")
@click.pass_context
def remove(ctx: click.Context, name: str) -> None:
    """Take a name out of the configuration; the repository stays as it is."""
    from redun_cli.repositories.naming import remove_named

    remove_named(invocation_of(ctx), name)


@click.command(cls=IdCommand)
@click.argument("repository", metavar="REPO")
@_IDS
@click.option("--trust", is_flag=True, help="Let the cache there use what is sent.")
@click.pass_context
def push(ctx: click.Context, repository: str, ids: tuple[str, ...], trust: bool) -> None:
    """Send executions and other records to the repository REPO, with all that belongs to them.

    Without ID, everything that it does not have. What it gets it shows, but does not replay, unless the section
    [repos.REPO] says `trusted = true`.
    """
    from redun_cli.repositories.transfers import push as send

    send(invocation_of(ctx), repository, [id_of(text) for text in ids], trust=trust)


@click.command(cls=IdCommand)
@click.argument("repository", metavar="REPO")
@_IDS
@click.option("--trust", is_flag=True, help="Let the cache use what comes.")
@click.pass_context
def pull(ctx: click.Context, repository: str, ids: tuple[str, ...], trust: bool) -> None:
    """Fetch executions and other records from the repository REPO, with all that belongs to them.

    Each ID is looked up there. Without any, everything that is not here yet. What comes is shown, but not replayed,
    unless the section [repos.REPO] says `trusted = true`.
    """
    from redun_cli.repositories.transfers import pull as fetch

    fetch(invocation_of(ctx), repository, [id_of(text) for text in ids], trust=trust)


@click.command(cls=IdCommand)
@_IDS
@_FILE
@click.pass_context
def export(ctx: click.Context, ids: tuple[str, ...], path: Path | None) -> None:
    """Write executions and other records, with all that belongs to them, as lines of JSON.

    Without ID everything; without FILE to standard output. A FILE that ends with .gz is compressed.
    """
    from redun_cli.repositories.transfers import export as write

    write(invocation_of(ctx), [id_of(text) for text in ids], path)


@click.command("import")
@_FILE
@click.option("--trust", is_flag=True, help="Let the cache use what comes.")
@click.pass_context
def import_(ctx: click.Context, path: Path | None, trust: bool) -> None:
    """Take in what `redun export` wrote, from FILE or standard input.

    A file that is damaged, or contradicts itself or the record, is refused and changes nothing. What comes is shown,
    but not replayed, unless you trust it.
    """
    from redun_cli.repositories.transfers import import_ as read

    read(invocation_of(ctx), path, trust=trust)
