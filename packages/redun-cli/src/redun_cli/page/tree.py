"""The tree of jobs, folded where there are many of a task below one parent.

Floor: command line. What is drawn is bounded, whatever the execution is like, and nothing recurses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
from redun.recorder.batch import JobStatus
from redun.recorder.reader_profile import NONE, JobColumns

__all__ = ["Leave", "Twig", "twigs"]

_MOST_TWIGS = 1_500
_WHOLE = 400
_FEW = 6
_DEEPEST = 40
_OPEN_DEPTH = 2


@attrs.frozen
class Twig:
    """A line of the tree: a job, or all jobs of one task below one line.

    Attributes
    ----------
    rows : sequence of int
    depth : int
    below : bool
        Lines follow that belong below this one, up to a `Leave`.
    hidden : int
        Jobs below it that have no line.
    open : bool
        To be seen at first: near the root, or on the way to a failure.
    """

    rows: Sequence[int]
    depth: int
    below: bool
    hidden: int
    open: bool


@attrs.frozen
class Leave:
    """The end of what stands below a line."""


def twigs(columns: JobColumns) -> Iterator[Twig | Leave]:
    """Yield the lines in order."""
    children: dict[int, list[int]] = {}
    for row in range(len(columns)):
        children.setdefault(columns.parents[row], []).append(row)
    sizes, failures = _below(columns)
    few = len(columns) if len(columns) <= _WHOLE else _FEW
    pending: list[tuple[list[int], int] | None] = [
        (rows, 0) for rows in reversed(_folded(columns, children.get(NONE, []), few))
    ]
    drawn = 0
    while pending:
        item = pending.pop()
        if item is None:
            yield Leave()
            continue
        rows, depth = item
        drawn += 1
        made = [child for row in rows for child in children.get(row, ())]
        folds = _folded(columns, made, few if len(rows) == 1 else 0)
        # Lines that wait to be drawn count too, so that no parent loses some of its children alone.
        fits = depth < _DEEPEST and drawn + len(pending) + len(folds) <= _MOST_TWIGS
        below = bool(folds) and fits
        hidden = 0 if below else sum(sizes[row] for row in rows)
        failed = any(failures[row] for row in rows)
        yield Twig(rows, depth, below, hidden, depth < _OPEN_DEPTH or failed)
        if below:
            pending.append(None)
            pending.extend((fold, depth + 1) for fold in reversed(folds))


def _folded(columns: JobColumns, rows: Sequence[int], few: int) -> list[list[int]]:
    """Return siblings as lines: alone, or together where there are more than a few of a task."""
    by_task: dict[int, list[int]] = {}
    for row in rows:
        by_task.setdefault(columns.tasks[row], []).append(row)
    lines: list[list[int]] = []
    for same in by_task.values():
        lines.extend([[row] for row in same] if len(same) <= few else [same])
    lines.sort(key=lambda line: line[0])
    return lines


def _below(columns: JobColumns) -> tuple[list[int], bytearray]:
    """Return for each job how many are below it, and whether it or one of them failed."""
    sizes, failures = [0] * len(columns), bytearray(len(columns))
    # A parent's row is always less than those of its children.
    for row in range(len(columns) - 1, -1, -1):
        if columns.statuses[row] in (JobStatus.FAILED, JobStatus.LOST):
            failures[row] = 1
        parent = columns.parents[row]
        if parent != NONE:
            sizes[parent] += sizes[row] + 1
            failures[parent] |= failures[row]
    return sizes, failures
