from __future__ import annotations

import sys
from typing import Any

import pytest
from redun.recorder.reader import Reader
from redun.recorder.reader_tree import job_tree


def test_a_shared_job_stands_below_both_parents(example: Any, reader: Reader) -> None:
    lines = [(branch.depth, branch.job.task, branch.shared) for branch in job_tree(reader, example.key, 100)]
    assert lines == [
        (0, "demo.make", False),
        (1, "demo.make_prog", False),
        (2, "demo.compile", False),
        (2, "demo.compile", False),
        (2, "demo.link", False),
        (1, "demo.make_prog", False),
        (2, "demo.compile", True),
        (2, "demo.compile", False),
        (2, "demo.link", False),
    ]
    ids = [branch.job.number for branch in job_tree(reader, example.key, 100)]
    assert ids[3] == ids[6]


def test_siblings_stand_in_the_order_of_their_numbers(builder: Any, reader: Reader) -> None:
    task = builder.task("demo.leaf", ["n"], "def leaf(n): return n")
    main = builder.task("demo.main", [], "def main(): ...")
    leaves = [builder.call(task, {"n": builder.value(str(n))}, builder.value(str(n))) for n in range(3)]
    root = builder.call(main, {}, builder.value("'done'"), children=leaves)
    key, _ = builder.execution(root, ["run"])
    builder.connection.execute("UPDATE job SET number = 12 - number WHERE number > 1")
    builder.save()
    found = [branch.job.call_hash for branch in job_tree(reader, key, 10)]
    assert found == [root.hash, *(leaf.hash for leaf in reversed(leaves))]


@pytest.mark.slow
def test_ten_thousand_deep(builder: Any, reader: Reader) -> None:
    task = builder.task("demo.down", ["n"], "def down(n): return down(n - 1)")
    call = None
    zero = builder.value("0")
    for depth in range(10_000):
        below = [] if call is None else [call]
        call = builder.call(task, {"n": builder.value(str(depth))}, zero, children=below)
    key, _ = builder.execution(call, ["run"])
    builder.save()
    assert sys.getrecursionlimit() < 10_000
    depths = [branch.depth for branch in job_tree(reader, key, 20_000)]
    assert depths == list(range(10_000))


def test_a_limited_tree_is_the_top_of_the_whole(example: Any, reader: Reader) -> None:
    whole = [branch.job.number for branch in job_tree(reader, example.key, 100)]
    part = [branch.job.number for branch in job_tree(reader, example.key, 4)]
    assert part == [number for number in whole if number <= 4]


def test_running_parents_show_the_children_made_so_far(builder: Any, reader: Reader) -> None:
    from redun.recorder.batch import ExecutionStatus, JobStatus

    leaf = builder.task("demo.leaf", [], "def leaf(): ...")
    main = builder.task("demo.main", [], "def main(): ...")
    one = builder.call(leaf, {}, builder.value("1"))
    root = builder.call(main, {}, builder.value("1"), children=[one])
    statuses = {root: JobStatus.RUNNING}
    key, _ = builder.execution(root, ["run"], status=ExecutionStatus.RUNNING, statuses=statuses)
    builder.save()
    assert [(branch.depth, branch.job.task) for branch in job_tree(reader, key, 10)] == [
        (0, "demo.main"),
        (1, "demo.leaf"),
    ]
