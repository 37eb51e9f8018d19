"""`redun why`: what may be asked.

Floor: command line.
"""

from __future__ import annotations

import click

from redun_cli.ids import IdCommand, id_of
from redun_cli.invocation import look

__all__ = ["why"]

_EPILOG = """\b
JOB is one of
  -.17  3f9a2b1c.17       job 17 of the last execution, or of one by its id
  -  ~2  3f9a2b1c         an execution: all of its jobs that ran, by task and cause"""


@click.command(cls=IdCommand, epilog=_EPILOG)
@click.argument("job", required=False)
@click.argument("task", required=False)
@click.option(
    "--last-run", is_flag=True, help="Explain all jobs that ran in the last execution, or those of TASK."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def why(ctx: click.Context, /, job: str | None, task: str | None, last_run: bool, form: str) -> None:
    """Say why a job ran, or from where its result was taken.

    \b
    redun why JOB
    redun why EXECUTION [TASK]
    redun why --last-run [TASK]
    """
    # Imported here, for `redun why --help` does without.

    from redun_cli.why.answer import give

    if last_run:
        if task is not None:
            raise click.UsageError("--last-run takes one TASK: redun why --last-run [TASK]")
        job, task = "-", job
    if job is None:
        raise click.UsageError("which job? redun why JOB, or redun why --last-run")
    with look(ctx) as reader:
        give(reader, id_of(job), task, as_json=form == "json")
