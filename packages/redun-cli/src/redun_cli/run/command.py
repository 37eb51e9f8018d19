"""`redun run`: the command line of it.

Floor: command line. Parsing only; `run.execution` does the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redun_cli.invocation import invocation_of
from redun_cli.run import words

if TYPE_CHECKING:
    from redun.task import Task

    from redun_cli.invocation import Invocation
    from redun_cli.run.recorded import Given
    from redun_cli.run.script import Script

__all__ = ["run"]


class RunCommand(click.Command):
    """A command whose own options end where the task's begin."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options, names, task_words = self.split(args)
        try:
            # An id may begin like an option: `-.2`.
            rest = super().parse_args(ctx, [*options, "--", *names])
        except click.NoSuchOption as error:
            place = misplaced_options(ctx).get(error.option_name)
            if place is None:
                raise
            raise click.UsageError(f"{error.option_name} is an option of {place}", ctx) from None
        ctx.params["task_words"] = task_words
        return rest

    def split(self, args: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
        """Return the options of this command, the names of file and task, and the words after the task's name.

        Options of this command may stand on either side of the file; what follows the task is the task's, even if
        it is spelt like one of ours. One `--` between the two is dropped.
        """
        with_value = {
            option
            for param in self.params
            if isinstance(param, click.Option) and not param.is_flag
            for option in param.opts
        }
        options: list[str] = []
        names: list[str] = []
        words = list(args)
        while words and len(names) < 2:
            word = words.pop(0)
            if word == "--":
                # Only names can follow.
                missing = 2 - len(names)
                names += words[:missing]
                del words[:missing]
                break
            if word.startswith("-") and word != "-" and not word.startswith("-."):
                options.append(word)
                if word in with_value:
                    options += words[:1]
                    del words[:1]
            else:
                names.append(word)
        return options, names, words[1:] if words[:1] == ["--"] else words


def misplaced_options(ctx: click.Context) -> dict[str, str]:
    """Return the options that do not belong to a task, and where they are put."""
    places = {"`redun run`, not of the task: put it before the file": ctx}
    if ctx.parent is not None:
        places = {"`redun` itself: put it before `run`": ctx.parent, **places}
    return {
        option: place
        for place, context in places.items()
        for param in context.command.params
        if isinstance(param, click.Option)
        for option in param.opts
    }


@click.command(cls=RunCommand, short_help="Run a task of a workflow, or list its tasks.")
@click.argument("target", metavar="FILE|MODULE")
@click.argument("task", metavar="[TASK|ID]", required=False)
@click.option("--no-cache", is_flag=True, help="Run everything, whatever is recorded.")
@click.option("--no-prov", is_flag=True, help="Record nothing, not even the execution.")
@click.option("--dry-run", "--dryrun", is_flag=True, help="Say what would run, and why; run nothing.")
@click.option("--keep-going", is_flag=True, help="After a failure, run all that does not depend on it.")
@click.option("--pdb", "debug", is_flag=True, help="After a failure, start the debugger where it was raised.")
@click.option(
    "--rerun", is_flag=True, help="Make the call of job or execution ID again (- is the last execution)."
)
@click.option(
    "-i",
    "--input",
    "input_file",
    metavar="PICKLE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Take the arguments from a pickle of (args, kwargs); options of the task replace them.",
)
@words.task_option("Set an option of the task, as Task.options() does; repeatable.")
@click.option(
    "--context",
    metavar="NAME=VALUE",
    multiple=True,
    callback=words.context_updates,
    help="Set a value of the context; dots in the name lead into nested ones; repeatable.",
)
@click.option(
    "--context-file",
    metavar="JSON",
    type=click.Path(path_type=Path),
    callback=words.context_file,
    help="Merge a JSON file into the configured context.",
)
@click.option(
    "--execution-id",
    metavar="UUID",
    callback=words.execution_id,
    help="The id of the execution, not used before; by default random.",
)
@click.option(
    "-t",
    "--tag",
    "tags",
    metavar="KEY=VALUE",
    multiple=True,
    callback=words.tags,
    help="Tag the execution; repeatable.",
)
@click.option("-p", "--project", metavar="NAME", help="The tag `project`; by default the task's namespace.")
@click.option("--doc", metavar="TEXT", help="The tag `doc`.")
@click.option("-u", "--user", metavar="NAME", help="The tag `user`; by default $REDUN_USER or the login.")
@click.option(
    "--exclude-user",
    "excluded",
    metavar="KIND",
    multiple=True,
    help="Leave out a tag of who you are: `login` for `user`; `aws`, `gcp` for those of plugins; repeatable.",
)
@click.pass_context
def run(ctx: click.Context, /, target: str, task: str | None, task_words: list[str], **given: Any) -> int:
    """Run TASK of the workflow in FILE (a Python file) or MODULE (a dotted name).

    Whatever follows TASK belongs to the task: `redun run workflow.py main --name value`. Its options are made from
    its signature; `redun run FILE TASK --help` shows them, `redun run FILE TASK info` the task's hash and source,
    `redun run FILE` lists the tasks.

    The result is printed on stdout, everything else on stderr. Exit code: 0, 1 after a failure (or when a dry run
    met something to run), 2 for wrong arguments, 130 or 143 after SIGINT or SIGTERM.
    """
    from redun_cli.run.lookup import description, listing, user_tasks
    from redun_cli.run.script import load_script

    rerun, input_file = given.pop("rerun"), given.pop("input_file")
    if rerun and input_file is not None:
        raise click.UsageError("give either --rerun or --input: each says what the arguments are", ctx)
    if rerun and task is None:
        raise click.UsageError(
            "--rerun wants the id of a job or execution after the file; - is the last", ctx
        )
    script = load_script(target)
    if not rerun:
        tasks = user_tasks()
        if task is None or (task == "help" and "help" not in {known.name for known in tasks}):
            click.echo(listing(tasks))
            return 0
    invocation = invocation_of(ctx)
    found, recorded = _call(invocation, script, str(task), rerun, input_file)
    if task_words == ["info"]:
        click.echo(description(found))
        return 0
    if task_words == ["help"]:
        task_words = ["--help"]

    from redun.host.wiring import connect
    from redun.session import secret_parameters

    from redun_cli.run.arguments import TaskParser
    from redun_cli.run.execution import execute
    from redun_cli.run.masking import masked
    from redun_cli.run.mode import Mode

    # Plugins may know how to read values of a type.
    connect(invocation.host, invocation.config)
    names = recorded.names(found)
    secret = secret_parameters(invocation.config, found)
    invocation.argv = masked(invocation.argv, secret)
    parser = TaskParser(found, f"redun run {target} {task}", misplaced_options(ctx), names, secret)
    typed = parser.read(task_words)
    args, kwargs = parser.bind({**recorded.values(found, without=typed), **typed})
    return execute(invocation, found, args, kwargs, Mode.from_params(given))


def _call(
    invocation: Invocation, script: Script, name: str, rerun: bool, input_file: Path | None
) -> tuple[Task[..., Any], Given]:
    """Return the task to call, and the arguments that it gets unless others are typed."""
    from redun_cli.run.lookup import find_task, recorded_task, user_tasks
    from redun_cli.run.recorded import NO_ARGUMENTS, FileArguments, JobArguments

    if rerun:
        from redun.session import recall

        call = recall(invocation.config, name, invocation.host)
        return recorded_task(call, script), JobArguments(call)
    task = find_task(name, script, user_tasks())
    return task, NO_ARGUMENTS if input_file is None else FileArguments.read(input_file)
