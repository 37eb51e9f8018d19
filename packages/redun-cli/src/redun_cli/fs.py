"""`redun fs`: which file systems there are, and copies between any two of them.

Floor: command line.
"""

from __future__ import annotations

import click

from redun_cli.invocation import invocation_of

__all__ = ["fs"]


@click.group(short_help="List file systems, and copy files between them.", invoke_without_command=True)
@click.pass_context
def fs(ctx: click.Context) -> None:
    """List the file systems that paths may name, or copy files between them."""
    from redun.file import list_filesystems
    from redun.host.wiring import connect

    invocation = invocation_of(ctx)
    connect(invocation.host, invocation.config)
    if ctx.invoked_subcommand is None:
        click.echo("Supported filesystems:")
        for filesystem in list_filesystems():
            click.echo(f"  {filesystem.name}")


@fs.command(short_help="Copy a file or directory.")
@click.option("-r", "--recursive", is_flag=True, help="Copy a directory; DEST becomes the copy.")
@click.argument("source", metavar="SRC")
@click.argument("dest", metavar="DEST")
def cp(source: str, dest: str, recursive: bool) -> None:
    """Copy the file SRC to DEST, each a path or URL, or `-` for standard input or output."""
    from redun.file import copy_file

    if recursive and "-" in (source, dest):
        raise click.UsageError("a directory has no place in standard input or output; give two paths")
    copy_file(None if source == "-" else source, None if dest == "-" else dest, recursive)
