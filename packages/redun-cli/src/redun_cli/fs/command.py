"""`redun fs`: the command line of it.

Floor: command line. Parsing only; a module for each command does the work.
"""

from __future__ import annotations

import click

from redun_cli.invocation import invocation_of

__all__ = ["fs"]


@click.group(short_help="List, show and copy files of any file system.", invoke_without_command=True)
@click.pass_context
def fs(ctx: click.Context) -> None:
    """List the file systems that paths may name; or list, show and copy their files.

    A PATH is a local one or a URL. It may be a pattern of `*`, `?`, `[...]` and `**`, which is kept from the shell by
    quotes.
    """
    from redun.file import list_filesystems
    from redun.host.wiring import connect

    invocation = invocation_of(ctx)
    connect(invocation.host, invocation.config)
    if ctx.invoked_subcommand is None:
        click.echo("Supported filesystems:")
        for filesystem in list_filesystems():
            click.echo(f"  {filesystem.name}")


@fs.command(short_help="List files.")
@click.option("-l", "--long", is_flag=True, help="Show sizes in bytes.")
@click.option("-r", "--recursive", is_flag=True, help="List all files below a directory.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of path, type and size.")
@click.argument("paths", metavar="[PATH]...", nargs=-1)
def ls(paths: tuple[str, ...], long: bool, recursive: bool, as_json: bool) -> int:
    """List files, and what lies in directories, whose names get a slash at the end."""
    from redun_cli.fs.listing import list_paths

    return list_paths(paths or (".",), long=long, recursive=recursive, as_json=as_json)


@fs.command(short_help="Copy files or directories.")
@click.option("-r", "--recursive", is_flag=True, help="Copy a directory; DEST becomes the copy.")
@click.argument("sources", metavar="SRC...", nargs=-1, required=True)
@click.argument("dest", metavar="DEST")
def cp(sources: tuple[str, ...], dest: str, recursive: bool) -> None:
    """Copy the file SRC to DEST, or several into the directory DEST; `-` is standard input or output.

    DEST is taken for a directory, in which copies keep their names, if it ends with a slash, or is one on this machine.
    """
    from redun_cli.fs.copying import copy

    copy(sources, dest, recursive=recursive)


@fs.command(short_help="Write files to standard output.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
def cat(paths: tuple[str, ...]) -> None:
    """Write files to standard output, one after another, as they are."""
    from redun.file import copy_file

    from redun_cli.fs.paths import expand

    for path in paths:
        for found in expand(path):
            copy_file(found, None)


@fs.command(short_help="Show what is known of files.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
def stat(paths: tuple[str, ...], as_json: bool) -> int:
    """Show type, size, hash and signature of files and directories.

    The hash is the one by which a task that is given the file or directory knows it. The signature is what redun asks
    a file system for to learn, without reading the file, whether its content may have changed.
    """
    from redun_cli.fs.status import show

    return show(paths, as_json=as_json)
