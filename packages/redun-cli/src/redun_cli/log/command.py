"""`redun log`: what may be asked.

Floor: command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

__all__ = ["log"]

_EPILOG = """\b
ID is one of
  -  ~2  3f9a2b1c         an execution: the last, the last but one, by id
  -.17  3f9a2b1c.17       job 17 of an execution
  8d85cebc                a call node, task or value by its hash
  compile  demo.compile   a task by name
  prog  s3://bucket/x     a file: which job made it, and from what
Any unique prefix of an id or hash will do."""


def _kind_option(name: str, what: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}", is_flag=True, help=what)


class _LogCommand(click.Command):
    """Takes `-.17` for an id, which has the looks of an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [re.sub(r"\A-(?=\.[0-9]+\Z)", "~1", word) for word in args])


@click.command(cls=_LogCommand, epilog=_EPILOG)
@click.argument("id_", metavar="[ID]", required=False)
@_kind_option("exec", "Executions only.")
@_kind_option("job", "Jobs only.")
@_kind_option("call-node", "Call nodes only.")
@_kind_option("task", "Tasks only.")
@_kind_option("value", "Values only.")
@_kind_option("file", "Files only: r read, w written by a task. ID may be a pattern such as '*.o'.")
@_kind_option("all", "All kinds of record.")
@click.option("--output", is_flag=True, help="What the job, or the jobs of an execution, printed and logged.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-n", "--limit", type=click.IntRange(min=0), help="Show at most so many records; 0 for all.")
@click.pass_context
def log(
    ctx: click.Context, /, id_: str | None, form: str, limit: int | None, output: bool, **flags: bool
) -> None:
    """Show executions, jobs, tasks, values, and where files came from.

    Without ID, lists the executions, newest first.
    """
    # Imported here, for `redun log --help` does without.
    from redun.recorder.reader import open_reader

    from redun_cli.log.answer import Answer

    if output and id_ is None:
        raise click.UsageError("--output needs the id of a job or of an execution: redun log -.17 --output")
    kinds = [name for name, wanted in flags.items() if wanted]
    with open_reader(ctx.obj.database) as reader:
        answer = Answer(reader, as_json=form == "json", limit=limit)
        text = None if id_ is None else re.sub(r"\A~1(?=\.)", "-", id_)
        if output and text is not None:
            answer.give_output(text)
        else:
            answer.give(text, kinds)
