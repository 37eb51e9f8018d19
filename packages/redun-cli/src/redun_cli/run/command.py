"""`redun run`: the command line of it.

Floor: command line. Parsing only; `run.execution` does the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from redun.tags import parse_tag_key_value

from redun_cli.invocation import invocation_of

__all__ = ["run"]


class RunCommand(click.Command):
    """A command whose own options end where the task's begin."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own, task_words = self.split(args)
        rest = super().parse_args(ctx, own)
        ctx.params["task_words"] = task_words
        return rest

    def split(self, args: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the words up to the task's name, and those after it.

        Options of this command may stand on either side of the file; what follows the task is the task's, even if
        it is spelt like one of ours. One `--` between the two is dropped.
        """
        with_value = {
            option
            for param in self.params
            if isinstance(param, click.Option) and not param.is_flag
            for option in param.opts
        }
        names, position = 0, 0
        while position < len(args) and names < 2:
            word = args[position]
            if word == "--":
                # Only names can follow.
                names, position = 2, position + 1 + (2 - names)
                break
            if word in with_value:
                position += 1
            elif not word.startswith("-") or word == "-":
                names += 1
            position += 1
        own, task_words = list(args[:position]), list(args[position:])
        return own, task_words[1:] if task_words[:1] == ["--"] else task_words


def _tags(_ctx: click.Context, _param: click.Parameter, words: Sequence[str]) -> list[tuple[str, Any]]:
    try:
        return [parse_tag_key_value(word) for word in words]
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(cls=RunCommand, short_help="Run a task of a workflow, or list its tasks.")
@click.argument("target", metavar="FILE|MODULE")
@click.argument("task", metavar="[TASK]", required=False)
@click.option("--no-cache", is_flag=True, help="Run everything, whatever is recorded.")
@click.option("--dry-run", "--dryrun", is_flag=True, help="Say what would run, and why; run nothing.")
@click.option("--keep-going", is_flag=True, help="After a failure, run all that does not depend on it.")
@click.option(
    "-t",
    "--tag",
    "tags",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_tags,
    help="Tag the execution; repeatable.",
)
@click.pass_context
def run(
    ctx: click.Context,
    target: str,
    task: str | None,
    task_words: list[str],
    no_cache: bool,
    dry_run: bool,
    keep_going: bool,
    tags: list[tuple[str, Any]],
) -> int:
    """Run TASK of the workflow in FILE (a Python file) or MODULE (a dotted name).

    Whatever follows TASK belongs to the task: `redun run workflow.py main --name value`. Its options are made from
    its signature; `redun run FILE TASK --help` shows them, `redun run FILE TASK info` the task's hash and source,
    `redun run FILE` lists the tasks.

    The result is printed on stdout, everything else on stderr. Exit code: 0, 1 after a failure (or when a dry run
    met something to run), 2 for wrong arguments, 130 or 143 after SIGINT or SIGTERM.
    """
    from redun_cli.run.lookup import find_task, listing, user_tasks
    from redun_cli.run.script import load_script

    script = load_script(target)
    tasks = user_tasks()
    if task is None or (task == "help" and "help" not in {known.name for known in tasks}):
        click.echo(listing(tasks))
        return 0
    found = find_task(task, script, tasks)
    if task_words == ["info"]:
        click.echo(f"Task {found.hash} {found.fullname}\n\n{found.source.rstrip()}")
        return 0
    if task_words == ["help"]:
        task_words = ["--help"]

    from redun_cli.run.arguments import TaskParser

    own = {word for param in ctx.command.params for word in param.opts}
    args, kwargs = TaskParser(found, f"redun run {target} {task}", own).call(task_words)

    from redun_cli.run.execution import Mode, execute

    mode = Mode(cache=not no_cache, dry_run=dry_run, keep_going=keep_going, tags=tags)
    return execute(invocation_of(ctx), found, args, kwargs, mode)
