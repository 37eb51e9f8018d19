"""`redun viz`: draw the call graph of an execution, or the lineage of a file.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from redun_cli.ids import IdCommand, id_of
from redun_cli.invocation import look

if TYPE_CHECKING:
    from redun_cli.viz.graph import Graph

__all__ = ["viz"]

_MOST_DRAWN = 150


def _svg(graph: Graph) -> Iterator[str]:
    from redun.errors import RecorderError

    from redun_cli.viz.svg import svg

    if len(graph.nodes) > _MOST_DRAWN:
        raise RecorderError(
            f"a drawing of {len(graph.nodes)} boxes cannot be read: fold it with --depth 3, say, or write .dot or .mmd "
            "and draw it with a program for large graphs"
        )
    return svg(graph)


def _dot(graph: Graph) -> Iterator[str]:
    from redun_cli.viz.dot import dot

    return dot(graph)


def _mermaid(graph: Graph) -> Iterator[str]:
    from redun_cli.viz.mermaid import mermaid

    return mermaid(graph)


_WRITERS: dict[str, Callable[[Graph], Iterator[str]]] = {"svg": _svg, "dot": _dot, "mmd": _mermaid}
_SUFFIXES = {".gv": "dot", ".mermaid": "mmd", **{f".{name}": name for name in _WRITERS}}


@click.command(cls=IdCommand, short_help="Draw the call graph of an execution, or the lineage of a file.")
@click.argument("id_", metavar="ID|FILE")
@click.option(
    "-o", "--output", required=True, help="The file to write, .svg, .dot or .mmd; - for standard output."
)
@click.option(
    "--format", "form", type=click.Choice(list(_WRITERS)), help="By default what the file's name says."
)
@click.option("--depth", type=click.IntRange(min=0), help="Follow at most so many calls.")
@click.option("--downstream", "further", is_flag=True, help="What was made of it, not what it came from.")
@click.option("--force", is_flag=True, help="Replace a file that `redun viz` did not write.")
@click.pass_context
def viz(
    ctx: click.Context, id_: str, output: str, form: str | None, depth: int | None, further: bool, force: bool
) -> None:
    """Draw the call graph of an execution, or the lineage of a file.

    ID is an execution, such as - for the last one: its calls are drawn, a box for each task. Of a FILE, a value, or
    the result of a job, the calls and values are drawn that it came from.
    """

    from redun_cli.page.destination import Destination
    from redun_cli.viz.subject import graph_of

    known = form or _SUFFIXES.get(Path(output).suffix.lower())
    if known is None:
        where = "standard output" if output == "-" else f"{output!r}"
        raise click.UsageError(f"{where} does not say the format: add --format svg, dot or mmd")
    destination = Destination(output, force=force)
    with look(ctx) as reader:
        graph = graph_of(reader, id_of(id_), depth=depth, further=further)
        for note in graph.notes:
            click.echo(f"redun: {note}", err=True)
        destination.write(f"{line}\n" for line in _marked(known, _WRITERS[known](graph)))


_MARKS = {"svg": "<!-- {} -->", "dot": "  // {}", "mmd": "  %% {}"}


def _marked(form: str, lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines with a remark behind the first or, in Mermaid, the header: it is known again by that."""
    from redun_cli.page.destination import MARK

    mark = _MARKS[form].format(MARK)
    for number, line in enumerate(lines):
        yield line
        if number == (3 if form == "mmd" else 0):
            yield mark
