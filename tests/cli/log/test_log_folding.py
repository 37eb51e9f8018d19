"""Large trees are folded by task; failures stay in sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Show = Callable[..., str]
IDENTITY = bytes.fromhex("bb" * 16)


@pytest.fixture
def survey(builder: Any) -> Any:
    """3 plates of 400 wells each, one of which failed, and a well has a child of its own."""
    well = builder.task("lab.well", ["n"], "def well(n): ...")
    plate = builder.task("lab.plate", ["n"], "def plate(n): ...")
    dry = builder.task("lab.dry", ["n"], "def dry(n): ...")
    root = builder.task("lab.survey", [], "def survey(): ...")
    plates = []
    for number in range(3):
        wells = []
        for index in range(400):
            n = builder.value(f"{number}.{index}")
            below = [builder.call(dry, {"n": n}, n)] if index < 20 else []
            bad = (number, index) == (1, 13)
            wells.append(builder.call(well, {"n": n}, n, children=below, failed=bad))
        plates.append(
            builder.call(plate, {"n": builder.value(str(number))}, builder.value("x"), children=wells)
        )
    builder.execution(builder.call(root, {}, builder.value("y"), children=plates), ["run"], identity=IDENTITY)
    return builder


def _tree(text: str) -> list[str]:
    return [
        line.split(":  ")[-1] if ":  " in line else line
        for line in text.partition("-" * 80 + "\n")[2].splitlines()
    ]


def test_equal_siblings_are_one_line_and_failures_stay(survey: Any, show: Show) -> None:
    lines = _tree(show("-"))
    assert lines == [
        "lab.survey() (new)",
        "lab.plate(n=0) (new)",
        "    Job lab.well x 400 (400 DONE)",
        "      Job lab.dry x 20 (20 DONE)",
        "lab.plate(n=1) (new)",
        "    Job lab.well x 400 (399 DONE, 1 FAILED)",
        "lab.well(n=1.13) (new)",
        "      Job lab.dry x 20 (20 DONE)",
        "lab.plate(n=2) (new)",
        "    Job lab.well x 400 (400 DONE)",
        "      Job lab.dry x 20 (20 DONE)",
    ]


def test_levels(survey: Any, show: Show) -> None:
    lines = _tree(show("-", "--depth", "1"))
    assert lines[:4] == [
        "lab.survey() (new)",
        "lab.plate(n=0) (new)",
        "lab.plate(n=1) (new)",
        "lab.plate(n=2) (new)",
    ]
    assert lines[5:] == ["Failed, and not shown above: 1", "lab.well(n=1.13) (new)"]


def test_one_job_or_task_is_not_folded(survey: Any, show: Show) -> None:
    lines = _tree(show("-", "--expand", "lab.dry"))
    assert sum(line.startswith("lab.dry") for line in lines) == 60
    assert "    Job lab.well x 400 (400 DONE)" in lines
    for word in ("3", "-.3", "bbbbbbbb.3"):
        opened = _tree(show("-", "--expand", word))
        assert [line for line in opened if line.startswith("lab.well(n=0.")] == []
        assert sum(line.startswith("lab.well(n=1.") for line in opened) == 400
    both = _tree(show("-", "--expand", "well", "--expand", "dry", "--limit", "0"))
    assert sum(line.startswith("lab.well") for line in both) == 1200
    # One inside of a group is shown with what it called.
    assert "lab.well(n=0.5) (new)" in _tree(show("-", "--expand", "10"))


def test_the_whole_tree_when_asked_for(survey: Any, show: Show) -> None:
    assert len(_tree(show("-", "--limit", "0"))) == 1 + 3 + 1200 + 60
    few = _tree(show("-", "--limit", "5"))
    assert len(few) == 6
    assert few[-1] == "... and 1259 more jobs; `--limit 0` shows them all"
    cut = _tree(show("-", "--expand", "well", "--limit", "4"))
    assert cut[4] == "... there is more of the tree; `--limit 0` shows all of it"
    assert cut[-1] == "lab.well(n=1.13) (new)"


def test_an_execution_with_too_many_groups_is_folded_all_the_same(
    survey: Any, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = show("-").splitlines()
    monkeypatch.setattr("redun.recorder.reader_groups._MOST_GROUPS", 10)
    monkeypatch.setattr("redun.recorder.reader_groups._FEW_JOBS", 399)
    lines = show("-").splitlines()
    hidden = [
        line for line in lines if "what these called is not shown; `--expand lab.well` shows each" in line
    ]
    assert len(hidden) == 3
    assert [line for line in lines if line not in hidden] == [
        line for line in whole if "lab.dry x" not in line
    ]


def test_many_failures_are_counted_rather_than_all_shown(builder: Any, show: Show) -> None:
    well = builder.task("lab.well", ["n"], "def well(n): ...")
    root = builder.task("lab.survey", [], "def survey(): ...")
    calls = [
        builder.call(well, {"n": builder.value(str(n))}, builder.value("boom"), failed=n < 50)
        for n in range(1_500)
    ]
    builder.execution(builder.call(root, {}, builder.value("y"), children=calls), ["run"], identity=IDENTITY)
    lines = _tree(show("-"))
    assert lines[1] == "  Job lab.well x 1,500 (1,450 DONE, 50 FAILED)"
    assert lines[22] == "    ... and 30 more FAILED"
    assert "Failed, and not shown above: 30" in lines
    assert lines[-1] == "  ... `redun log --job --job-status FAILED --exec-id bbbbbbbb` lists all"
