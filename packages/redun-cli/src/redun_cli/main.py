"""The `redun` command: global options, exit codes, and commands that are imported only when used.

Floor: command line. Nothing here imports the engine: `redun --help` pays for click and the plugin listing alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import click

from redun_cli.group import CommandEntry, RootGroup
from redun_cli.invocation import invocation_of
from redun_cli.own import COMMANDS

__all__ = ["main", "redun"]


def _print_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from redun import __version__

    click.echo(f"redun {__version__}")
    ctx.exit()


def _plugin_name(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not value.startswith("no:") or value == "no:":
            raise click.BadParameter(f"{value!r} is not of the form no:NAME")
    return values


def _setup_arguments(_ctx: click.Context, _param: click.Parameter, words: Sequence[str]) -> dict[str, str]:
    for word in words:
        name, equals, _ = word.partition("=")
        if not name or not equals:
            raise click.BadParameter(f"{word!r} is not of the form NAME=VALUE")
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def _check_version(ctx: click.Context, _param: click.Parameter, specification: str | None) -> None:
    if specification is None or ctx.resilient_parsing:
        return
    from redun import __version__

    from redun_cli.versions import satisfies

    try:
        fits = satisfies(__version__, specification)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if not fits:
        click.echo(f"redun: error: this is redun {__version__}, which is not {specification}", err=True)
        ctx.exit(1)


@click.group(
    name="redun",
    cls=RootGroup,
    entries={name: CommandEntry.of_core(*command) for name, command in COMMANDS.items()},
    invoke_without_command=True,
    # Click's own help option acts before the others are read, but the listing depends on -p and --no-plugins.
    add_help_option=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "-c",
    "--config",
    "config_dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Configuration folder. Else $REDUN_CONFIG, else the nearest .redun upward, else .redun here.",
)
@click.option("-r", "--repo", "repository", metavar="NAME", help="Act in this repository; see `redun repo`.")
@click.option(
    "-p",
    "blocked",
    metavar="no:NAME",
    multiple=True,
    callback=_plugin_name,
    help="Leave the plugin NAME out; repeatable.",
)
@click.option("--no-plugins", is_flag=True, help="Leave all plugins out.")
@click.option(
    "--log-level",
    type=click.Choice(["DEBUG", "INFO", "WARN", "WARNING", "ERROR"], case_sensitive=False),
    default="INFO",
    show_default=True,
    help="How much is written to stderr.",
)
@click.option(
    "-s",
    "--setup",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_setup_arguments,
    help="Give the function setup_scheduler of the configuration an argument; repeatable.",
)
@click.option("--setup-help", is_flag=True, help="Show the arguments of setup_scheduler and exit.")
@click.option(
    "--check-version",
    metavar="SPEC",
    is_eager=True,
    expose_value=False,
    callback=_check_version,
    help="Fail unless this redun fits, for instance '>=1.2,<2'.",
)
@click.option(
    "-V",
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
@click.option("-h", "--help", "show_help", is_flag=True, help="Show this message and exit.")
@click.pass_context
def redun(ctx: click.Context, /, show_help: bool, setup_help: bool, **_read_by_invocation: object) -> None:
    """Run workflows written in plain Python, and look at what they did."""
    if setup_help:
        from redun_cli.setup import setup_listing

        click.echo(setup_listing(invocation_of(ctx).config))
        ctx.exit()
    if show_help or ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        ctx.exit()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments after the program's name; those of the process by default.

    Returns
    -------
    int
        0, 1 for an error, 2 for wrong usage, 128 + n after signal n.
    """
    try:
        return _main(argv)
    finally:
        try:
            sys.stderr.flush()
        except OSError:
            # A task closed it; the flush at exit must not change the exit code.
            _discard(sys.stderr)


def _main(argv: Sequence[str] | None) -> int:
    try:
        code = redun.main(argv, prog_name="redun", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 130
    except BrokenPipeError:
        # Nobody reads our output any more (`redun log | head`); the flush at exit must not complain.
        _discard(sys.stdout)
        return 1
    except Exception as error:
        from redun.errors import RedunError
        from redun.visible import visible_lines

        if not isinstance(error, RedunError):
            raise
        click.echo(f"redun: error: {visible_lines(str(error))}", err=True)
        return 1
    return code if isinstance(code, int) else 0


def _discard(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
