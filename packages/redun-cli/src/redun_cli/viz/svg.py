"""A graph as SVG: a picture of its own, or a part of a page.

Floor: command line. Text is escaped, styles are classes, and nothing in it runs or is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from unicodedata import east_asian_width

from redun_cli.viz.graph import Graph, Node, drawable, shortened
from redun_cli.viz.layers import Box, place

__all__ = ["STYLE", "escaped", "svg"]

_LETTER = 7.3
_SMALL_LETTER = 6.0
_PADDING = 12.0
_HEIGHT = 30.0
_TALL = 44.0
_LOOP = 14.0
_DETAIL_WIDTH = 44

STYLE = """
svg.graph { font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif }
svg.graph .box { fill: var(--box, #fff); stroke: var(--edge, #5b6572); stroke-width: 1.2 }
svg.graph .label { fill: var(--ink, #1b2330) }
svg.graph .detail, svg.graph .count { fill: var(--soft, #4a5563); font-size: 11px }
svg.graph .count { paint-order: stroke; stroke: var(--page, #fff); stroke-width: 4px; stroke-linejoin: round }
svg.graph .arrow { fill: none; stroke: var(--edge, #5b6572); stroke-width: 1.2 }
svg.graph .head { fill: var(--edge, #5b6572) }
svg.graph .task .box { fill: var(--task, #eef2fb) }
svg.graph .failed .box { fill: var(--failed-tint, #fdecea); stroke: var(--failed, #a3261b);
  stroke-width: 2; stroke-dasharray: 6 3 }
svg.graph .file .box { fill: var(--file, #eaf6f0) }
svg.graph .origin .box { stroke-dasharray: 2 3 }
"""

_ALONE = """
:root { color-scheme: light dark }
@media (prefers-color-scheme: dark) {
  svg.graph { --box: #1a2029; --edge: #93a0b2; --ink: #e7ecf3; --soft: #b3becb; --page: #12161c; --task: #1e2a40;
    --file: #173026; --failed-tint: #3b1b1b; --failed: #ff9d92 }
}
svg.graph .page { fill: var(--page, #fff) }
"""


def escaped(text: str) -> str:
    """Return a text as SVG and HTML hold it, in an element or in quotes."""
    text = drawable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("'", "&#39;")


def svg(graph: Graph, *, alone: bool = True, identity: str = "graph") -> Iterator[str]:
    """Yield the lines of the drawing.

    Parameters
    ----------
    graph : Graph
    alone : bool, default True
        A file of its own, with its styles; otherwise a part of a page that has them.
    identity : str, default "graph"
        Begins the ids of its elements, which must be unique in a page.
    """
    sizes = {node.key: _size(node) for node in graph.nodes}
    layout = place(sizes, [(edge.source, edge.target) for edge in graph.edges])
    width, height = round(layout.width), round(layout.height)
    names = f'aria-labelledby="{identity}-title {identity}-desc"'
    if alone:
        yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" role="img" {names} width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}">'
    )
    yield f'<title id="{identity}-title">{escaped(graph.title)}</title>'
    yield f'<desc id="{identity}-desc">{escaped(graph.description)}</desc>'
    if alone:
        yield f"<style>{STYLE}{_ALONE}</style>"
        yield f'<rect class="page" width="{width}" height="{height}"/>'
    yield (
        f'<defs><marker id="{identity}-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
        ' orient="auto-start-reverse"><path class="head" d="M0 0.6 8 4 0 7.4z"/></marker></defs>'
    )
    for edge, route in zip(graph.edges, layout.routes, strict=True):
        path, (x, y) = _curve(route) if route else _loop(layout.boxes[edge.source])
        yield f'<path class="arrow" d="{path}" marker-end="url(#{identity}-head)"/>'
        if edge.label:
            yield f'<text class="count" x="{x:.1f}" y="{y - 4:.1f}" text-anchor="middle">{escaped(edge.label)}</text>'
    for node in graph.nodes:
        yield from _box(node, layout.boxes[node.key])
    yield "</svg>"


def _size(node: Node) -> tuple[float, float]:
    widest = max(
        _width(shortened(node.label)) * _LETTER, _width(shortened(node.detail, _DETAIL_WIDTH)) * _SMALL_LETTER
    )
    return max(48.0, widest + 2 * _PADDING), _TALL if node.detail else _HEIGHT


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _box(node: Node, box: Box) -> Iterator[str]:
    round_ = 4 if node.kind in ("value", "file", "origin") else 10
    x = box.x + box.width / 2
    yield f'<g class="{node.kind}"><title>{escaped(" · ".join(filter(None, [node.label, node.detail])))}</title>'
    yield (
        f'<rect class="box" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"'
        f' rx="{round_}"/>'
    )
    first = box.middle + (-3 if node.detail else 4.5)
    label = escaped(shortened(node.label))
    yield f'<text class="label" x="{x:.1f}" y="{first:.1f}" text-anchor="middle">{label}</text>'
    if node.detail:
        yield (
            f'<text class="detail" x="{x:.1f}" y="{first + 15:.1f}" text-anchor="middle">'
            f"{escaped(shortened(node.detail, _DETAIL_WIDTH))}</text>"
        )
    yield "</g>"


def _curve(route: Sequence[tuple[float, float]]) -> tuple[str, tuple[float, float]]:
    """Return a smooth path through the points, and where its label stands."""
    parts = [f"M{route[0][0]:.1f} {route[0][1]:.1f}"]
    label = None
    for (x1, y1), (x2, y2) in pairwise(route):
        middle = (x1 + x2) / 2
        if y1 == y2:
            parts.append(f"H{x2:.1f}")
        else:
            parts.append(f"C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}")
            label = label or (middle, (y1 + y2) / 2)
    (x1, y1), (x2, y2) = route[-2:]
    return "".join(parts), label or ((x1 + x2) / 2, (y1 + y2) / 2)


def _loop(box: Box) -> tuple[str, tuple[float, float]]:
    """Return a small arch over the upper right corner, no higher than the gap above."""
    right, top = box.x + box.width, box.y
    path = f"M{right - 28:.1f} {top:.1f}c0 {-_LOOP:.1f} 18 {-_LOOP:.1f} 18 -2"
    return path, (right - 44, top + 1)
