"""`redun diff`: what may be asked.

Floor: command line.
"""

from __future__ import annotations

import click

from redun_cli.invocation import look

__all__ = ["diff"]

_EPILOG = """\b
An execution is
  -  ~2  3f9a2b1c         the last, the last but one, or by its id"""


@click.command(epilog=_EPILOG)
@click.argument("old")
@click.argument("new")
@click.option("--task", metavar="NAME", help="Show the jobs of one task.")
@click.option("--code", is_flag=True, help="Show the differences of code line by line.")
@click.option(
    "-n", "--limit", type=click.IntRange(min=0), help="Show at most so many jobs of each sort; 0 for all."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def diff(
    ctx: click.Context, /, old: str, new: str, task: str | None, code: bool, limit: int | None, form: str
) -> None:
    """Show what differs between two executions: OLD and NEW.

    Jobs are matched by their code, arguments and place in the tree of jobs.
    """
    # Imported here, for `redun diff --help` does without.

    from redun_cli.diff.answer import give

    with look(ctx) as reader:
        give(reader, old, new, task=task, code=code, limit=limit, as_json=form == "json")
