"""A graph in the language of Mermaid, which many pages of documentation draw.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator

from redun_cli.viz.graph import Graph, Node, drawable

__all__ = ["mermaid", "written"]

_PLAIN = frozenset(" .,:=/+-_()[]…·×→")
_STYLES = {
    "task": "fill:#eef2fb,stroke:#5b6572,color:#1b2330",
    "failed": "fill:#fdecea,stroke:#a3261b,color:#1b2330,stroke-width:2px,stroke-dasharray:6 3",
    "file": "fill:#eaf6f0,stroke:#5b6572,color:#1b2330",
    "value": "fill:#ffffff,stroke:#5b6572,color:#1b2330",
    "origin": "fill:#ffffff,stroke:#5b6572,color:#1b2330,stroke-dasharray:2 3",
}


def written(text: str) -> str:
    """Return a text as Mermaid takes it within quotes: what is neither a letter nor harmless is named by its number.

    Examples
    --------
    >>> written('<b>"x"</b>')
    '#60;b#62;#34;x#34;#60;/b#62;'
    """
    return "".join(
        letter if letter.isalnum() or letter in _PLAIN else f"#{ord(letter)};" for letter in drawable(text)
    )


def mermaid(graph: Graph) -> Iterator[str]:
    """Yield the lines."""
    yield "---"
    yield f'title: "{written(graph.title)}"'
    yield "---"
    yield "flowchart LR"
    for note in graph.notes:
        yield f"  %% {written(note)}"
    ids = {node.key: f"n{index}" for index, node in enumerate(graph.nodes)}
    for node in graph.nodes:
        left, right = ("(", ")") if node.kind in ("task", "failed") else ("[", "]")
        yield f'  {ids[node.key]}{left}"{_label(node)}"{right}:::{node.kind}'
    for edge in graph.edges:
        label = f'|"{written(edge.label)}"|' if edge.label else ""
        yield f"  {ids[edge.source]} -->{label} {ids[edge.target]}"
    for kind in sorted({node.kind for node in graph.nodes}):
        yield f"  classDef {kind} {_STYLES[kind]}"


def _label(node: Node) -> str:
    return f"{written(node.label)}<br/>{written(node.detail)}" if node.detail else written(node.label)
