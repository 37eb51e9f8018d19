"""The example of handles: what the database holds is always what the files say, and only what must be is done again."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

AFTER_LOAD = {"summarise": 1, "report": 1}


class Season:
    """The example, with its report compared to what the files say after each run."""

    def __init__(self, example: Any) -> None:
        self.example = example
        self.counts = example.folder / "counts"

    def run(self) -> Counter[str]:
        ran: Counter[str] = self.example.run("workflow.py", "main").ran
        expected: Counter[str] = Counter()
        for path in self.counts.iterdir():
            with path.open() as lines:
                expected.update({row["species"]: int(row["number"]) for row in csv.DictReader(lines)})
        rows = [line.split("\t") for line in (self.example.folder / "season.tsv").read_text().splitlines()]
        assert {species: int(number) for species, number, _ in rows} == expected
        return ran


@pytest.fixture
def season(copy_of: Callable[[str], Any]) -> Season:
    return Season(copy_of("handles"))


def test_only_the_day_that_changed_is_loaded(season: Season) -> None:
    assert season.run() == {"main": 1, "create": 1, "load": 3} | AFTER_LOAD
    assert not season.run()

    season.example.edit("counts/2024-05-01.csv", "Blackcap,14", "Blackcap,24")
    assert season.run() == {"main": 1, "load": 1} | AFTER_LOAD
    # Back again: the results are on record, and still the database has to be brought back.
    season.example.edit("counts/2024-05-01.csv", "Blackcap,24", "Blackcap,14")
    assert season.run() == {"load": 1} | AFTER_LOAD

    (season.counts / "2024-05-04.csv").write_text("species,number\nBlackcap,3\n")
    assert season.run() == {"main": 1, "load": 1} | AFTER_LOAD
    (season.counts / "2024-05-02.csv").unlink()
    assert season.run() == {"main": 1} | AFTER_LOAD


def test_what_is_gone_or_changed_is_made_again(season: Season) -> None:
    season.run()
    (season.example.folder / "season.tsv").unlink()
    assert season.run() == {"report": 1}

    (season.example.folder / "birds.db").unlink()
    again = season.run()
    assert (again["create"], again["load"], again["summarise"]) == (1, 3, 1)

    season.example.edit("workflow.py", "ORDER BY total DESC", "ORDER BY total")
    assert season.run() == AFTER_LOAD
    season.example.edit("workflow.py", "ORDER BY total", "ORDER BY total DESC")
    assert season.run() == AFTER_LOAD


def test_failing_load_leaves_the_day_as_it_was(season: Season) -> None:
    season.run()
    season.example.edit("counts/2024-05-03.csv", "Reed Warbler,17", "Reed Warbler,many")
    failed = season.example.run("workflow.py", "main", code=1)
    assert "ValueError: invalid literal for int() with base 10: 'many'" in failed.stderr
    assert failed.failed["load"] == 1
    season.example.edit("counts/2024-05-03.csv", "Reed Warbler,many", "Reed Warbler,18")
    assert season.run() == {"main": 1, "load": 1} | AFTER_LOAD
