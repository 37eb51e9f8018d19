"""`redun repl`: what may be asked.

Floor: command line.
"""

from __future__ import annotations

import click

from redun_cli.ids import IdCommand, id_of

__all__ = ["repl"]


@click.command(cls=IdCommand)
@click.argument("id_", metavar="[ID]", required=False)
@click.option("-c", "code", metavar="CODE", help="Run this code, print what its last line gives, and end.")
@click.pass_context
def repl(ctx: click.Context, /, id_: str | None, code: str | None) -> None:
    """Open Python with the record at hand; `obj` is what ID names, as for `redun log`.

    Nothing can be changed there, and nothing that is stored is run, unless record.load is called. ptpython or IPython
    serve if one is installed.
    """
    from redun.query.record import open_record

    from redun_cli.repl.names import names_of
    from redun_cli.repl.running import run_code
    from redun_cli.repl.shells import converse

    invocation = ctx.obj
    with (
        open_record(invocation.config, hosting=lambda: invocation.host) as record,
        record.session() as session,
    ):
        names = names_of(record, session, None if id_ is None else id_of(id_))
        if code is None:
            converse(names)
        elif not run_code(code, names):
            ctx.exit(1)
