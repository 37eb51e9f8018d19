"""Place boxes in columns, arrows pointing to the right as far as there is no cycle.

Floor: command line. The method of Sugiyama, Tagawa and Toda (1981): break cycles, put each box right of what points to
it, let long arrows pass through places of their own in the columns between, order each column by the mean of its
neighbours, then align. Nothing recurses, for a lineage may be long.

References
----------
K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system structures", IEEE
Transactions on Systems, Man, and Cybernetics 11 (1981).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import attrs

__all__ = ["Box", "Layout", "place"]

_COLUMN_GAP = 72.0
_ROW_GAP = 16.0
_PASSAGE = 10.0
_SWEEPS = 8
_MARGIN = 12.0


@attrs.define
class Box:
    """A place: the left upper corner and the size."""

    width: float
    height: float
    x: float = 0.0
    y: float = 0.0

    @property
    def middle(self) -> float:
        """The height at which arrows come and go."""
        return self.y + self.height / 2


@attrs.frozen
class Layout:
    """Where everything is.

    Attributes
    ----------
    boxes : mapping of str to Box
    routes : list of list of (float, float)
        For each arrow, in the order given, the points that it passes, at least three; empty for one from a box to
        itself.
    width, height : float
    """

    boxes: Mapping[str, Box]
    routes: Sequence[Sequence[tuple[float, float]]]
    width: float
    height: float


def place(sizes: Mapping[str, tuple[float, float]], edges: Sequence[tuple[str, str]]) -> Layout:
    """Place boxes of given sizes (width, height) that are joined by edges."""
    layout = _Columns(sizes, edges)
    layout.order()
    layout.align()
    return layout.result()


class _Columns:
    def __init__(self, sizes: Mapping[str, tuple[float, float]], edges: Sequence[tuple[str, str]]) -> None:
        self.boxes: dict[object, Box] = {key: Box(*size) for key, size in sizes.items()}
        self.right: dict[object, float] = {}
        self.edges = edges
        self.backward = _backward(list(sizes), edges)
        ranks = _ranks(list(sizes), [self._forward(index) for index in range(len(edges))])
        self.before: dict[object, list[object]] = {key: [] for key in sizes}
        self.after: dict[object, list[object]] = {key: [] for key in sizes}
        self.columns: list[list[object]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
        for key in sizes:
            self.columns[ranks[key]].append(key)
        self.paths = [self._path(index, ranks) for index in range(len(edges))]

    def _forward(self, index: int) -> tuple[str, str]:
        source, target = self.edges[index]
        return (target, source) if index in self.backward else (source, target)

    def _path(self, index: int, ranks: Mapping[str, int]) -> list[object]:
        """Return the places that an arrow passes from left to right, making those in between."""
        source, target = self._forward(index)
        if source == target:
            return []
        path: list[object] = [source]
        for rank in range(ranks[source] + 1, ranks[target]):
            passage = (index, rank)
            self.boxes[passage] = Box(0.0, _PASSAGE)
            self.before[passage], self.after[passage] = [], []
            self.columns[rank].append(passage)
            path.append(passage)
        path.append(target)
        for left, right in pairwise(path):
            self.after[left].append(right)
            self.before[right].append(left)
        return path

    def order(self) -> None:
        """Order each column by its neighbours', so that few arrows cross."""
        for sweep in range(_SWEEPS):
            forward = sweep % 2 == 0
            neighbours = self.before if forward else self.after
            columns = self.columns if forward else self.columns[::-1]
            for fixed, column in pairwise(columns):
                index = {key: position for position, key in enumerate(fixed)}
                own = {key: position for position, key in enumerate(column)}
                column.sort(key=lambda key: _mean([index[k] for k in neighbours[key]], own[key]))

    def align(self) -> None:
        """Give each column a place, and each box a height near that of its neighbours."""
        x = _MARGIN
        for column in self.columns:
            width = max((self.boxes[key].width for key in column), default=0.0)
            y = _MARGIN
            for key in column:
                box = self.boxes[key]
                box.x, box.y = x, y
                # A passage is as wide as its column: arrows cross it straight.
                box.width = box.width or width
                self.right[key] = x + width
                y += box.height + _ROW_GAP
            x += width + _COLUMN_GAP
        for sweep in range(_SWEEPS):
            forward = sweep % 2 == 0
            neighbours = self.before if forward else self.after
            for column in self.columns if forward else self.columns[::-1]:
                self._settle(column, neighbours)
        top = min((box.y for box in self.boxes.values()), default=_MARGIN)
        for box in self.boxes.values():
            box.y += _MARGIN - top

    def _settle(self, column: Sequence[object], neighbours: Mapping[object, Sequence[object]]) -> None:
        """Move the boxes of a column towards their neighbours, none over another.

        Boxes that would overlap are joined into a block that stands at the mean of what its members want.
        """
        blocks: list[tuple[float, float, list[object]]] = []
        for key in column:
            box = self.boxes[key]
            near = [self.boxes[k].middle for k in neighbours[key]]
            wanted = (sum(near) / len(near) if near else box.middle) - box.height / 2
            block = (wanted, box.height + _ROW_GAP, [key])
            while blocks and blocks[-1][0] + blocks[-1][1] > block[0]:
                above = blocks.pop()
                members = [*above[2], *block[2]]
                share = len(above[2]) / len(members)
                start = above[0] * share + (block[0] - above[1]) * (1 - share)
                block = (start, above[1] + block[1], members)
            blocks.append(block)
        for start, _, members in blocks:
            y = start
            for key in members:
                self.boxes[key].y = y
                y += self.boxes[key].height + _ROW_GAP

    def result(self) -> Layout:
        routes = []
        for index, path in enumerate(self.paths):
            points: list[tuple[float, float]] = []
            for position, key in enumerate(path):
                box = self.boxes[key]
                if position > 0:
                    points.append((box.x, box.middle))
                if position == 0 and position < len(path) - 1:
                    points.append((box.x + box.width, box.middle))
                if position < len(path) - 1:
                    # Straight on to the end of the column, past wider boxes.
                    points.append((self.right[key], box.middle))
            routes.append(points[::-1] if index in self.backward else points)
        boxes = {key: box for key, box in self.boxes.items() if isinstance(key, str)}
        width = max((box.x + box.width for box in boxes.values()), default=0.0) + _MARGIN
        height = max((box.y + box.height for box in self.boxes.values()), default=0.0) + _MARGIN
        return Layout(boxes, routes, width, height)


def _mean(values: Sequence[int], otherwise: int) -> float:
    return sum(values) / len(values) if values else float(otherwise)


def _backward(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> set[int]:
    """Return the indexes of edges that close a cycle, in a depth-first search from the first boxes on."""
    outgoing: dict[str, list[tuple[str, int]]] = {key: [] for key in keys}
    for index, (source, target) in enumerate(edges):
        outgoing[source].append((target, index))
    found: set[int] = set()
    state: dict[str, int] = {}
    for root in keys:
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(outgoing[root]))]
        while stack:
            key, rest = stack[-1]
            for target, index in rest:
                if state.get(target) == 1:
                    found.add(index)
                elif target not in state:
                    state[target] = 1
                    stack.append((target, iter(outgoing[target])))
                    break
            else:
                state[key] = 2
                stack.pop()
    return found


def _ranks(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return the column of each box: one after the last of those that point to it."""
    waiting = dict.fromkeys(keys, 0)
    after: dict[str, list[str]] = {key: [] for key in keys}
    for source, target in edges:
        if source != target:
            waiting[target] += 1
            after[source].append(target)
    ranks = dict.fromkeys(keys, 0)
    ready = [key for key in keys if not waiting[key]]
    while ready:
        key = ready.pop()
        for target in after[key]:
            ranks[target] = max(ranks[target], ranks[key] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    entered = {target for source, target in edges if source != target}
    for key in keys:
        # What nothing leads to stands beside what it leads to, rather than far off at the left.
        if key not in entered and after[key]:
            ranks[key] = min(ranks[target] for target in after[key]) - 1
    return ranks
