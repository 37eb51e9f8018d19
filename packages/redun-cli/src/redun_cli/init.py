"""`redun init`: a configuration and an empty record.

Floor: command line.
"""

from __future__ import annotations

from pathlib import Path

import click

from redun_cli.invocation import invocation_of

__all__ = ["init"]


@click.command(short_help="Create a configuration and an empty record.")
@click.argument(
    "directory", metavar="[DIR]", required=False, type=click.Path(file_okay=False, path_type=Path)
)
@click.pass_context
def init(ctx: click.Context, directory: Path | None) -> None:
    """Create DIR/.redun/redun.ini and the database that it names.

    Without DIR, the configuration folder is the one that other commands would use from here. What is there already
    is left as it is.
    """
    from redun.config import init_config, load_config
    from redun.session import Scheduler

    invocation = invocation_of(ctx)
    if directory is not None and invocation.config_option is not None:
        raise click.UsageError("give either DIR or -c, not both", ctx)
    folder = invocation.config_dir if directory is None else directory.absolute() / ".redun"
    existed = (folder / "redun.ini").exists()
    init_config(folder)
    config = load_config(folder)
    scheduler = Scheduler(config, host=invocation.make_host(config))
    try:
        scheduler.recorder.flush()
    finally:
        scheduler.close()
    click.echo(f"{'redun was initialised before in' if existed else 'Initialised redun in'} {folder}")
