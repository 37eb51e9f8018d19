"""Where a value came from, and what was made of it, as graphs of values and calls.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Sequence

from redun.recorder.batch import ValueFlag
from redun.recorder.ids import short
from redun.recorder.lineage_records import Derivation, Made, Passed, Upstream, Use
from redun.recorder.reader import Reader
from redun.recorder.reader_records import ValueRecord

from redun_cli.page.amounts import count_text
from redun_cli.viz.graph import Edge, Graph, Node

__all__ = ["downstream_graph", "upstream_graph"]

# More calls than this are drawn one box a task.
_UNFOLDED = 40


def upstream_graph(title: str, flow: Upstream, *, depth: int | None = None) -> Graph:
    """Return the graph of a derivation: the value at the right, what it came from left of it.

    Parameters
    ----------
    title : str
    flow : Upstream
    depth : int, optional
        Follow at most so many calls back.
    """
    nodes: dict[str, Node] = {}
    edges: dict[Edge, None] = {}
    distances = {flow.derivations[0].name: 0}
    hidden = 0
    for derivation in flow.derivations:
        distance = distances.get(derivation.name)
        if distance is None:
            hidden += 1
            continue
        target = f"v:{derivation.name}"
        nodes[target] = _variable(derivation)
        last = derivation.steps[-1] if derivation.steps else None
        if last is None or isinstance(last, Passed) or (depth is not None and distance >= depth):
            continue
        if isinstance(last, Made):
            call = f"c:{derivation.name}"
            nodes[call] = Node(call, last.call.task, f"call {short(last.call.hash)}", "task")
            edges[Edge(call, target)] = None
            sources, target = last.arguments, call
        else:
            sources = last.parts
        for name, _ in sources:
            distances.setdefault(name, distance + isinstance(last, Made))
            edges[Edge(f"v:{name}", target)] = None
    kept = [edge for edge in edges if edge.source in nodes and edge.target in nodes]
    notes = [f"{hidden} values that lie further back are left out."] if hidden else []
    if flow.truncated:
        notes.append("There are more values still, further back.")
    return Graph(title, list(nodes.values()), kept, notes)


def downstream_graph(
    reader: Reader, title: str, value: ValueRecord, uses: Sequence[Use], *, depth: int | None = None
) -> Graph:
    """Return the graph of the calls that used a value, or something made of it.

    Parameters
    ----------
    reader : Reader
    title : str
    value : ValueRecord
    uses : sequence of Use
        The nearest first.
    depth : int, optional
        Follow at most so many calls.
    """
    shown = [use for use in uses if depth is None or use.depth <= depth]
    folded = len({use.call.hash for use in shown}) > _UNFOLDED
    results = reader.values({use.call.value_hash for use in shown})
    boxes: dict[bytes, str] = {}
    members: dict[str, list[Use]] = {}
    makers: dict[bytes, str] = {}
    edges: dict[tuple[str, str], int] = {}
    for use in shown:
        box = boxes.setdefault(use.call.hash, use.call.task if folded else use.call.hash.hex())
        members.setdefault(box, []).append(use)
        sources = reader.sources(use.call.eval_hash, use.argument.position)
        origins = {boxes[source] for source in sources if source in boxes and boxes[source] != box}
        if not origins:
            made = makers.get(use.argument.value.hash)
            origins = {made if made is not None and made != box else "start"}
        for origin in origins:
            edges[origin, box] = edges.get((origin, box), 0) + 1
        makers.setdefault(use.call.value_hash, box)
    nodes = [Node("start", _label(value), f"value {short(value.hash)}", _kind(value))]
    for box, inside in members.items():
        distinct = {use.call.hash for use in inside}
        result = results.get(inside[0].call.value_hash)
        detail = f"{count_text(len(distinct))} calls" if folded else (_label(result) if result else "")
        failed = any(use.call.failed for use in inside)
        nodes.append(Node(box, inside[0].call.task, detail, "failed" if failed else "task"))
    drawn = [Edge(*pair, f"×{count_text(count)}" if folded else "") for pair, count in edges.items()]
    hidden = len(uses) - len(shown)
    notes = [f"{hidden} uses that lie further on are left out."] if hidden else []
    return Graph(title, nodes, drawn, notes)


def _variable(derivation: Derivation) -> Node:
    value = derivation.value
    kind = "origin" if derivation.origin and not value.flags & ValueFlag.EXTERNAL else _kind(value)
    return Node(f"v:{derivation.name}", derivation.name, _label(value), kind)


def _kind(value: ValueRecord) -> str:
    return "file" if value.flags & ValueFlag.EXTERNAL else "value"


def _label(value: ValueRecord) -> str:
    from redun_cli.page.outputs import path_of

    return path_of(value.preview) or value.preview
