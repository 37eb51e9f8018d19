"""`redun help`: what `--help` shows.

Floor: command line.
"""

from __future__ import annotations

import click

__all__ = ["help_"]


@click.command("help", short_help="Show this listing, or the help of a command.")
@click.argument("words", metavar="[COMMAND]...", nargs=-1)
@click.pass_context
def help_(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Show what `redun COMMAND --help` shows."""
    assert ctx.parent is not None
    above = ctx.parent
    for position, word in enumerate(words):
        if not isinstance(above.command, click.Group):
            raise click.UsageError(f"{' '.join(words[:position])!r} has no commands below it.", ctx)
        name, command, _ = above.command.resolve_command(above, [word])
        assert command is not None
        above = click.Context(command, info_name=name, parent=above)
    click.echo(above.get_help())
