"""The drawings of a page: the call graph by task, and where outputs came from.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
from markupsafe import Markup

from redun_cli.log.dataflow import dataflow_lines
from redun_cli.viz.calls import call_graph
from redun_cli.viz.graph import Graph
from redun_cli.viz.lineage import upstream_graph
from redun_cli.viz.svg import svg

if TYPE_CHECKING:
    from redun.recorder.lineage_records import Upstream
    from redun.recorder.reader_records import ExecutionRecord
    from redun.recorder.reader_task_profiles import TaskCalls, TaskProfile

__all__ = ["Callers", "Drawing", "callers", "calls_drawing", "flow_drawing"]

_MOST_BOXES = 60
_MOST_LISTED = 500


@attrs.frozen
class Drawing:
    """A picture, if one can be read, with remarks and the same as text."""

    picture: Markup | None
    notes: Sequence[str]
    text: str


@attrs.frozen
class Callers:
    """A task with those that call it and those that it calls, each with the number of calls."""

    task: str
    depth: int
    callers: Sequence[tuple[str, int]]
    called: Sequence[tuple[str, int]]


def calls_drawing(execution: ExecutionRecord, profiles: Sequence[TaskProfile], calls: TaskCalls) -> Drawing:
    """Return the call graph, down to the depth at which it is still small enough."""
    depths = sorted(calls.depths.values())
    depth = depths[-1] if depths else 0
    while depth > 0 and sum(other <= depth for other in depths) > _MOST_BOXES:
        depth -= 1
    graph = call_graph(execution, profiles, calls, depth=depth)
    return Drawing(_picture(graph, "calls"), graph.notes, "")


def callers(profiles: Sequence[TaskProfile], calls: TaskCalls) -> list[Callers]:
    """Return the call graph as a list of tasks, the root's first."""
    above: dict[str, list[tuple[str, int]]] = {}
    below: dict[str, list[tuple[str, int]]] = {}
    for (caller, called), count in sorted(calls.counts.items()):
        below.setdefault(caller, []).append((called, count))
        above.setdefault(called, []).append((caller, count))
    names = sorted((calls.depths[profile.name], profile.name) for profile in profiles)
    return [
        Callers(name, depth, above.get(name, []), below.get(name, [])) for depth, name in names[:_MOST_LISTED]
    ]


def flow_drawing(flow: Upstream, identity: str, title: str) -> Drawing:
    """Return where a value came from."""
    graph = upstream_graph(title, flow)
    return Drawing(_picture(graph, identity), graph.notes, "\n".join(dataflow_lines(flow)))


def _picture(graph: Graph, identity: str) -> Markup | None:
    if not 0 < len(graph.nodes) <= _MOST_BOXES:
        return None
    # The writer of drawings escapes what it is given.
    return Markup("\n".join(svg(graph, alone=False, identity=identity)))
