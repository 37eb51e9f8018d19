"""`redun launch`: the command line of it.

Floor: command line. Parsing only; `detached` and `waiting` do the work.
"""

from __future__ import annotations

from typing import Any

import click

from redun_cli.invocation import invocation_of
from redun_cli.run import words

__all__ = ["launch"]


@click.command(
    short_help="Run a command on an executor, such as a workflow.",
    # What follows the command is the command's.
    context_settings={"allow_interspersed_args": False},
)
@click.option("--executor", "name", metavar="NAME", required=True, help="The executor to run it on.")
@words.task_option("A task option, such as memory=4 or image=...; repeatable.")
@click.option("--wait", is_flag=True, help="Wait for its end, print its stdout, exit with its exit code.")
@click.option(
    "--code-package", is_flag=True, help="Send the project's code along, and run the command in it."
)
@click.argument("command", metavar="CMD...", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def launch(
    ctx: click.Context,
    name: str,
    options: dict[str, Any],
    wait: bool,
    code_package: bool,
    command: tuple[str, ...],
) -> int:
    """Run CMD as a script on an executor, and exit once it is submitted.

    CMD is typically `redun run workflow.py main`. It is several words, or one that holds a whole command of the shell.
    With --wait the run is recorded as an execution; otherwise it is not, and what finds it is printed.
    """
    from redun.host.wiring import connect

    from redun_cli.launch.script import script_of

    invocation = invocation_of(ctx)
    connect(invocation.host, invocation.config)

    def script() -> str:
        return script_of(command, invocation.config, name, options, code_package)

    if wait:
        from redun_cli.launch.waiting import run

        return run(invocation, name, options, script())
    from redun_cli.launch.detached import submit

    click.echo(submit(invocation, name, options, script))
    return 0
