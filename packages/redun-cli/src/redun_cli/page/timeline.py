"""When jobs ran: a lane for each that ran at the same time, and how many did.

Floor: command line. Drawn job by job while that can be looked at, else task by task as curves. A job counts for as long
as its body ran; one that was replayed took no time and is not drawn.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import attrs
from redun.recorder.batch import JobStatus
from redun.recorder.reader_profile import NONE, JobColumns

from redun_cli.page.amounts import span
from redun_cli.page.states import state

__all__ = ["Band", "Bar", "Curve", "Timeline", "timeline"]

_MOST_BARS = 1_200
_MOST_LANES = 48
_COLOURED = 7
_CURVES = 14
_BINS = 240
_TICKS = 4
WIDTH = 1_000.0
"""The units from the beginning to the end of a drawing."""
LANE = 14.0
CURVE = 56.0


@attrs.frozen
class Bar:
    """A job."""

    x: float
    y: float
    width: float
    look: str
    title: str


@attrs.frozen
class Band:
    """The lanes of one executor."""

    executor: str
    lanes: int
    bars: Sequence[Bar]

    @property
    def height(self) -> float:
        """Of the drawing."""
        return self.lanes * LANE


@attrs.frozen
class Curve:
    """How many jobs ran at once: a path, and the greatest mean of a bin."""

    name: str
    path: str
    most: float


@attrs.frozen
class Timeline:
    """All that is drawn.

    Attributes
    ----------
    ran : int
        Jobs that are counted.
    at_once : int
        The most that ran at the same time.
    busy : int
        Microseconds, of all jobs together.
    running : Curve
    bands : sequence of Band
        Empty if there are too many jobs to draw each.
    curves : sequence of Curve
        By task, the longest first, where jobs are not drawn.
    legend : sequence of (str, str)
        Look and task.
    ticks : sequence of str
        The times at equal distances from the beginning to the end.
    """

    ran: int
    at_once: int
    busy: int
    running: Curve
    bands: Sequence[Band]
    curves: Sequence[Curve]
    legend: Sequence[tuple[str, str]]
    ticks: Sequence[str]


@attrs.frozen
class _Scale:
    begin: int
    length: int

    def x(self, moment: int) -> float:
        return min(max((moment - self.begin) / self.length, 0.0), 1.0) * WIDTH


def timeline(columns: JobColumns, begin: int, end: int) -> Timeline | None:
    """Return what to draw between two moments, in microseconds; None if nothing ran."""
    rows = [row for row in range(len(columns)) if _ran(columns, row)]
    if not rows:
        return None
    rows.sort(key=columns.started.__getitem__)
    ends = {row: _end(columns, row, end) for row in rows}
    begin = min(begin, columns.started[rows[0]])
    scale = _Scale(begin, max(end, *ends.values(), begin + 1) - begin)
    by_task: dict[str, list[int]] = {}
    for row in rows:
        by_task.setdefault(columns.task(row), []).append(row)
    took = {task: sum(ends[row] - columns.started[row] for row in ran) for task, ran in by_task.items()}
    longest = sorted(by_task, key=lambda task: (-took[task], task))
    looks = {task: f"c{index}" for index, task in enumerate(longest[:_COLOURED])}
    bands = _bands(columns, rows, ends, scale, looks) if len(rows) <= _MOST_BARS else []
    if any(band.lanes > _MOST_LANES for band in bands):
        bands = []
    legend = [(look, task) for task, look in looks.items()]
    if len(longest) > len(looks):
        legend.append(("other", f"{len(longest) - len(looks)} other tasks"))
    curves = (
        [] if bands else [_curve(task, columns, by_task[task], ends, scale) for task in longest[:_CURVES]]
    )
    return Timeline(
        len(rows),
        _at_once(columns, rows, ends),
        sum(took.values()),
        _curve("All tasks", columns, rows, ends, scale),
        bands,
        curves,
        legend if bands else [],
        [span(scale.length * tick // _TICKS) if tick else "0" for tick in range(_TICKS + 1)],
    )


def _ran(columns: JobColumns, row: int) -> bool:
    status = columns.statuses[row]
    if columns.durations[row] == NONE:
        return status in (JobStatus.RUNNING, JobStatus.LOST)
    return status != JobStatus.CACHED


def _end(columns: JobColumns, row: int, end: int) -> int:
    duration = columns.durations[row]
    started = columns.started[row]
    return max(end, started) if duration == NONE else started + duration


def _at_once(columns: JobColumns, rows: Sequence[int], ends: dict[int, int]) -> int:
    """Return the most jobs that ran at the same time; those that took no time at all count for an instant."""
    ending: list[int] = []
    most = 0
    for row in rows:
        while ending and ending[0] <= columns.started[row]:
            heapq.heappop(ending)
        heapq.heappush(ending, ends[row])
        most = max(most, len(ending))
    return most


def _bands(
    columns: JobColumns, rows: Sequence[int], ends: dict[int, int], scale: _Scale, looks: dict[str, str]
) -> list[Band]:
    by_executor: dict[int, list[int]] = {}
    for row in rows:
        by_executor.setdefault(columns.executors[row], []).append(row)
    bands = []
    for executor in sorted(by_executor, key=columns.executor_names.__getitem__):
        lanes, count = _lanes(columns, by_executor[executor], ends)
        bars = []
        for row, lane in zip(by_executor[executor], lanes, strict=True):
            x = scale.x(columns.started[row])
            width = max(scale.x(ends[row]) - x, 1.2)
            look = looks.get(columns.task(row), "other")
            status = columns.status(row)
            if status is not JobStatus.DONE:
                look += f" {state(status.name).name}"
            title = (
                f"{columns.task(row)} · job {columns.numbers[row]} · {span(ends[row] - columns.started[row])}"
            )
            if status is not JobStatus.DONE:
                title += f" · {status.name.lower()}"
            bars.append(Bar(round(x, 1), lane * LANE + 1, round(width, 1), look, title))
        bands.append(Band(columns.executor_names[executor] or "default", count, bars))
    return bands


def _lanes(columns: JobColumns, rows: Sequence[int], ends: dict[int, int]) -> tuple[list[int], int]:
    """Give each job the first lane that is free."""
    busy: list[tuple[int, int]] = []
    free: list[int] = []
    lanes: list[int] = []
    count = 0
    for row in rows:
        while busy and busy[0][0] <= columns.started[row]:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if free:
            lane = heapq.heappop(free)
        else:
            lane, count = count, count + 1
        heapq.heappush(busy, (ends[row], lane))
        lanes.append(lane)
    return lanes, count


def _curve(name: str, columns: JobColumns, rows: Sequence[int], ends: dict[int, int], scale: _Scale) -> Curve:
    """Return how many of the jobs ran at once, the mean of each bin."""
    # Each job adds a whole 1 to the bins inside it, told by where it begins and ends, and a part of 1 at its edges.
    whole, part = [0] * (_BINS + 2), [0.0] * (_BINS + 2)
    for row in rows:
        left = (columns.started[row] - scale.begin) / scale.length * _BINS
        right = (ends[row] - scale.begin) / scale.length * _BINS
        first, last = int(left), int(right)
        if first == last:
            part[first] += right - left
            continue
        part[first] += first + 1 - left
        part[last] += right - last
        whole[first + 1] += 1
        whole[last] -= 1
    heights, level = [], 0
    for index in range(_BINS):
        level += whole[index]
        heights.append(level + part[index])
    most = max(heights)
    step = WIDTH / _BINS
    points = [f"M0 {CURVE:g}"]
    for index, height in enumerate(heights):
        y = CURVE - (height / most if most else 0) * (CURVE - 2)
        points.append(f"L{index * step:.1f} {y:.1f}H{(index + 1) * step:.1f}")
    return Curve(name, f"{''.join(points)}V{CURVE:g}z", most)
