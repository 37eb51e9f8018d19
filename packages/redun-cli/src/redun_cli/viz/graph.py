"""A graph to draw: boxes and arrows, whatever they stand for.

Floor: command line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from redun_cli.log.writing import visible

__all__ = ["Edge", "Graph", "Node", "drawable", "shortened"]

# What XML cannot hold, beyond what `visible` writes out.
_NO_CHARACTERS = re.compile("[\ufffe\uffff]")
_LABEL_WIDTH = 44


@attrs.frozen
class Node:
    """A box.

    Attributes
    ----------
    key : str
        Unique within the graph; not shown.
    label : str
        The first line.
    detail : str
        A second line, smaller; may be empty.
    kind : str
        How it looks: `task`, `failed`, `value`, `file` or `origin`.
    """

    key: str
    label: str
    detail: str = ""
    kind: str = "task"


@attrs.frozen
class Edge:
    """An arrow between nodes, by their keys."""

    source: str
    target: str
    label: str = ""


@attrs.frozen
class Graph:
    """What is drawn.

    Attributes
    ----------
    title : str
        One line.
    nodes : sequence of Node
    edges : sequence of Edge
        Between nodes of the graph.
    notes : sequence of str
        What the drawing leaves out, a sentence each.
    """

    title: str
    nodes: Sequence[Node]
    edges: Sequence[Edge]
    notes: Sequence[str] = ()

    @property
    def description(self) -> str:
        """Say in words what the drawing shows."""
        names = {node.key: node.label for node in self.nodes}
        shown = [
            f"{names[edge.source]} to {names[edge.target]}{f' ({edge.label})' if edge.label else ''}"
            for edge in self.edges[:60]
        ]
        more = len(self.edges) - len(shown)
        size = f"{len(self.nodes)} boxes and {len(self.edges)} arrows"
        return "; ".join([size, *shown, *([f"and {more} more"] if more else [])])


def drawable(text: str) -> str:
    """Return a text that any format can hold: nothing in it steers, hides or breaks the line.

    Examples
    --------
    >>> print(drawable("a\\nb"))
    a\\nb
    """
    return _NO_CHARACTERS.sub("\ufffd", visible(text))


def shortened(text: str, width: int = _LABEL_WIDTH) -> str:
    """Return a drawable text of at most `width` characters, its middle left out: names differ at both ends.

    Examples
    --------
    >>> shortened("results/2026/sample_17/aligned.bam", 21)
    'results/20…ligned.bam'
    """
    text = drawable(text)
    if len(text) <= width:
        return text
    end = (width - 1) // 2
    return f"{text[: width - 1 - end]}…{text[-end:]}"
