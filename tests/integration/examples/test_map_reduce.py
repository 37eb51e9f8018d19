"""The map-reduce example: the published value, and what a further file costs."""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean, stdev
from typing import Any


def test_a_further_file_costs_only_its_way_to_the_top(copy_of: Callable[[str], Any]) -> None:
    example = copy_of("map_reduce")
    first = example.run("workflow.py", "main")
    assert first.stdout == "'100 measurements: 299852.4 ± 7.9 km/s'"
    assert first.ran == {"main": 1, "summarise": 5, "merge": 4, "report": 1}
    assert not example.run("workflow.py", "main").ran

    (example.folder / "runs/6.txt").write_text("850 900\n")
    more = example.run("workflow.py", "main")
    assert more.ran == {"main": 1, "summarise": 1, "merge": 2, "report": 1}
    assert more.cached == {"summarise": 5, "merge": 3}
    values = [float(word) for run in (example.folder / "runs").iterdir() for word in run.read_text().split()]
    error = stdev(values) / len(values) ** 0.5
    assert more.stdout == f"'102 measurements: {299_000 + mean(values):.1f} ± {error:.1f} km/s'"

    example.edit("runs/1.txt", "850 740", "851 739")
    # The mean of this file is as before, its variance is not.
    assert example.run("workflow.py", "main").ran == {"main": 1, "summarise": 1, "merge": 3, "report": 1}


def test_the_way_of_merging_is_no_task(copy_of: Callable[[str], Any]) -> None:
    example = copy_of("map_reduce")
    example.run("workflow.py", "main")
    example.edit(
        "workflow.py",
        "values = [*map(operation, values[::2], values[1::2]), *last]",
        """\
values = [*last, *map(operation, values[::2], values[1::2])]""",
    )
    changed = example.run("workflow.py", "main")
    # `main` reaches the helper, so it is run; most of what it asks for is on record.
    assert changed.ran["main"] == 1
    assert changed.ran["summarise"] == 0
    assert changed.stdout == "'100 measurements: 299852.4 ± 7.9 km/s'"
