r"""A graph in the language of Graphviz.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator

from redun_cli.viz.graph import Graph, Node, drawable

__all__ = ["dot", "quoted"]

_STYLES = {
    "task": 'shape=box, style="rounded,filled", fillcolor="#eef2fb"',
    "failed": 'shape=box, style="rounded,filled,dashed", fillcolor="#fdecea", color="#a3261b", penwidth=2',
    "file": 'shape=box, style=filled, fillcolor="#eaf6f0"',
    "value": "shape=box",
    "origin": "shape=box, style=dotted",
}


def quoted(text: str) -> str:
    r"""Return a text as a string of DOT, in which backslashes are no escapes and HTML is none.

    Examples
    --------
    >>> print(quoted('say "hi"'), quoted("C:\\new"))
    "say \"hi\"" "C:\\new"
    """
    return '"' + drawable(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def dot(graph: Graph) -> Iterator[str]:
    """Yield the lines."""
    yield f"digraph {quoted(graph.title)} {{"
    yield f"  graph [rankdir=LR, label={quoted(graph.title)}, fontname=sans]"
    yield "  node [fontname=sans, fontsize=11]"
    yield "  edge [fontname=sans, fontsize=9]"
    for note in graph.notes:
        yield f"  // {drawable(note)}"
    ids = {node.key: f"n{index}" for index, node in enumerate(graph.nodes)}
    for node in graph.nodes:
        yield f"  {ids[node.key]} [label={_label(node)}, {_STYLES[node.kind]}]"
    for edge in graph.edges:
        label = f" [label={quoted(edge.label)}]" if edge.label else ""
        yield f"  {ids[edge.source]} -> {ids[edge.target]}{label}"
    yield "}"


def _label(node: Node) -> str:
    return quoted(node.label) if not node.detail else f"{quoted(node.label)[:-1]}\\n{quoted(node.detail)[1:]}"
