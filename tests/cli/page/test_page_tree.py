"""The tree of jobs, the timeline and the placing of boxes, whatever the execution is like."""

from __future__ import annotations

import random
from array import array
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redun.recorder.batch import JobStatus
from redun.recorder.reader_profile import NONE, JobColumns
from redun.recorder.reader_records import TaskRecord
from redun_cli.page.timeline import LANE, WIDTH, timeline
from redun_cli.page.tree import Leave, Twig, twigs
from redun_cli.viz.layers import place


def columns_of(parents: list[int], tasks: list[int], statuses: list[JobStatus] | None = None) -> JobColumns:
    count = len(parents)
    known = statuses or [JobStatus.DONE] * count
    return JobColumns(
        numbers=array("q", range(1, count + 1)),
        parents=array("q", parents),
        tasks=array("q", tasks),
        statuses=bytearray(known),
        reasons=bytearray(count),
        executors=array("q", [0] * count),
        started=array("q", [10 * row for row in range(count)]),
        durations=array("q", [25] * count),
        saved=array("q", [0] * count),
        versions=[TaskRecord(bytes([n]), "t", f"t{n}", (), "", "f.py", 1, None) for n in range(4)],
        executor_names=[""],
    )


trees = st.integers(0, 60).flatmap(
    lambda count: st.tuples(
        st.tuples(*(st.integers(NONE, row - 1) for row in range(count))),
        st.lists(st.integers(0, 3), min_size=count, max_size=count),
    )
)


def seen(columns: JobColumns) -> tuple[int, int]:
    """Return how many jobs have a line and how many are said to be below one; check that lines nest."""
    lined = hidden = depth = 0
    for twig in twigs(columns):
        if isinstance(twig, Leave):
            depth -= 1
            continue
        assert twig.depth == depth
        depth += twig.below
        lined += len(twig.rows)
        hidden += twig.hidden
        assert len({columns.tasks[row] for row in twig.rows}) == 1
    assert depth == 0
    return lined, hidden


@settings(deadline=None)
@given(trees)
def test_every_job_is_shown_once(tree: tuple[tuple[int, ...], list[int]]) -> None:
    parents, tasks = tree
    assert seen(columns_of(list(parents), tasks)) == (len(parents), 0)


def test_a_large_tree_is_bounded_and_counts_all() -> None:
    chooser = random.Random(7)
    parents = [NONE, *(chooser.randrange(max(0, row - 3_000), row) for row in range(1, 20_000))]
    columns = columns_of(parents, [chooser.randrange(4) for _ in parents])
    lines = [twig for twig in twigs(columns) if isinstance(twig, Twig)]
    assert len(lines) <= 1_500
    assert sum(seen(columns)) == 20_000


def test_a_task_that_calls_itself_very_deep() -> None:
    columns = columns_of([NONE, *range(9_999)], [0] * 10_000)
    lines = [twig for twig in twigs(columns) if isinstance(twig, Twig)]
    assert max(line.depth for line in lines) == 40
    assert sum(seen(columns)) == 10_000


def test_the_way_to_a_failure_is_open() -> None:
    statuses = [JobStatus.DONE] * 6
    statuses[5] = JobStatus.FAILED
    columns = columns_of([NONE, 0, 1, 2, 3, 4], [0, 1, 2, 3, 0, 1], statuses)
    assert all(twig.open for twig in twigs(columns) if isinstance(twig, Twig))
    columns.statuses[5] = JobStatus.DONE
    assert [twig.open for twig in twigs(columns) if isinstance(twig, Twig)] == [True, True, *[False] * 4]


def test_lanes_hold_no_two_jobs_at_once() -> None:
    columns = columns_of([NONE] * 40, [row % 4 for row in range(40)])
    found = timeline(columns, 0, 500)
    assert found is not None
    assert (found.ran, found.at_once, found.busy) == (40, 3, 1_000)
    (band,) = found.bands
    assert (band.executor, band.lanes, band.height) == ("default", 3, 3 * LANE)
    for one, other in combinations(band.bars, 2):
        assert one.y != other.y or one.x + one.width <= other.x + 0.2 or other.x + other.width <= one.x + 0.2
    assert all(0 <= bar.x <= bar.x + bar.width <= WIDTH + 2 for bar in band.bars)


def test_many_jobs_are_drawn_as_curves() -> None:
    columns = columns_of([NONE] * 5_000, [row % 4 for row in range(5_000)])
    found = timeline(columns, 0, 50_015)
    assert found is not None
    assert found.bands == []
    assert {curve.name for curve in found.curves} == {"t.t0", "t.t1", "t.t2", "t.t3"}
    # Each takes 25 and the next begins after 10.
    assert found.running.most == pytest.approx(2.5, rel=0.01)


def test_replayed_jobs_took_no_time() -> None:
    assert timeline(columns_of([NONE], [0], [JobStatus.CACHED]), 0, 10) is None


graphs = st.integers(0, 14).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(st.tuples(st.integers(0, max(count - 1, 0)), st.integers(0, max(count - 1, 0))), max_size=30)
        if count
        else st.just([]),
    )
)


@settings(deadline=None)
@given(graphs)
def test_boxes_do_not_overlap_and_arrows_point_right(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, pairs = graph
    sizes: dict[str, tuple[float, float]] = {str(n): (40.0 + 7 * n, 30.0) for n in range(count)}
    edges = [(str(source), str(target)) for source, target in pairs]
    layout = place(sizes, edges)
    for one, other in combinations(layout.boxes.values(), 2):
        assert (
            one.x + one.width <= other.x
            or other.x + other.width <= one.x
            or one.y + one.height <= other.y + 1e-6
            or other.y + other.height <= one.y + 1e-6
        )
    for box in layout.boxes.values():
        assert 0 <= box.x <= box.x + box.width <= layout.width
        assert 0 <= box.y <= box.y + box.height <= layout.height
    for (source, target), route in zip(edges, layout.routes, strict=True):
        assert bool(route) == (source != target)
        if route:
            xs: Any = [x for x, _ in route]
            assert xs in (sorted(xs), sorted(xs, reverse=True))
            ends = {xs[0], xs[-1]}
            boxes = layout.boxes[source], layout.boxes[target]
            left, right = sorted(boxes, key=lambda box: box.x)
            assert ends == {left.x + left.width, right.x}


def test_without_a_cycle_all_arrows_point_right() -> None:
    layout = place(dict.fromkeys("abcd", (50, 30)), [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")])
    assert [layout.boxes[n].x for n in "abcd"] == sorted(layout.boxes[n].x for n in "abcd")
    assert all(route[0][0] < route[-1][0] for route in layout.routes)
