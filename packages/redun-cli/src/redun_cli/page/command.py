"""`redun report`: an execution as one page to read, print and keep.

Floor: command line.
"""

from __future__ import annotations

import click

from redun_cli.ids import IdCommand, id_of
from redun_cli.invocation import look

__all__ = ["report"]


@click.command(cls=IdCommand, short_help="Write an execution as one page to read, print and keep.")
@click.argument("id_", metavar="EXECUTION", default="-", required=False)
@click.option(
    "-o", "--output", required=True, help="The file to write, such as report.html; - for standard output."
)
@click.option("--force", is_flag=True, help="Replace a file that is no earlier report.")
@click.pass_context
def report(ctx: click.Context, id_: str, output: str, force: bool) -> None:
    """Write an execution as one page to read, print and keep.

    EXECUTION is an id, or - for the last one, which is the default. The page is a single file that needs nothing else.
    """
    from redun.recorder.reader_lookup import find
    from redun.recorder.reader_records import Kind

    from redun_cli.page.destination import Destination
    from redun_cli.page.report import report as write_report

    destination = Destination(output, force=force)
    with look(ctx) as reader:
        found = find(reader, id_of(id_), frozenset((Kind.EXECUTION,)))
        identity = found.key
        assert isinstance(identity, bytes)
        execution = reader.execution_of_id(identity)
        destination.write(write_report(reader, execution))
