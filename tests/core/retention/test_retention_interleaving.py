"""A collection and runs that do something between any two of its transactions."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from redun.retention.collecting import Collected, collect
from redun.retention.selection import Selection
from retention_work import Held, problems, run_everything, watched

pytestmark = pytest.mark.slow

LAST = Selection(keep_last=1)


def unreachable(database: Path) -> int:
    from redun.retention.collecting import plan

    return sum(plan(database, Selection()).tally.counts.values())


def steps(database: Path, selection: Selection) -> int:
    """Return of how many transactions a collection consists."""
    seen = [0]

    def count(number: int, _within: bool) -> None:
        seen[0] = number + 1

    with watched(count):
        collect(database, selection)
    return seen[0]


def contents(database: Path) -> dict[str, set[tuple[object, ...]]]:
    tables = (
        "execution",
        "job",
        "evaluation",
        "argument",
        "flow",
        "call_node",
        "call_edge",
        "task_set",
        "value",
        "subvalue",
        "file",
        "task",
        "tag",
        "handle",
        "handle_edge",
        "code",
        "doomed",
    )
    with closing(sqlite3.connect(database)) as connection:
        found = {table: set(connection.execute(f"SELECT * FROM {table}").fetchall()) for table in tables}
    found["payloads"] = {(path.name,) for path in (database.parent / "values").rglob("*") if path.is_file()}
    return found


def test_killed_at_any_point_it_leaves_a_whole_record_and_is_finished_by_the_next(
    copied: Callable[[], Path],
) -> None:
    model = copied()
    finished = copied()
    last = steps(finished, LAST)
    expected = contents(finished)
    assert last > 15
    for place in range(last):
        for within in (place % 2 == 0,):
            shutil.rmtree(model.parent.parent / "killed", ignore_errors=True)
            database = shutil.copytree(model.parent, model.parent.parent / "killed") / "redun.db"

            def die(number: int, inside: bool, place: int = place, within: bool = within) -> None:
                if (number, inside) == (place, within):
                    os._exit(9)

            child = os.fork()
            if child == 0:
                try:
                    with watched(die):
                        collect(database, LAST)
                finally:
                    os._exit(1)
            _, status = os.waitpid(child, 0)
            assert os.waitstatus_to_exitcode(status) == 9
            assert problems(database) == []
            done = _again(database)
            assert done.marked == 0
            assert contents(database) == expected, (place, within)
            run_everything(database, [3, 4])
            assert problems(database) == []


def _again(database: Path) -> Collected:
    # The process that was killed may give a sign of life for ten seconds, so to say.
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE sweep SET heartbeat = heartbeat - 60000000")
    return collect(database, LAST)


def test_a_run_that_began_before_may_end_at_any_point(copied: Callable[[], Path]) -> None:
    last = steps(copied(), LAST)
    for place in range(last + 1):
        database = copied()
        run = Held(database, [1, 2, 5], "before")

        def act(number: int, within: bool, place: int = place, run: Held = run) -> None:
            if number == place and not within:
                run.finish()

        with watched(act):
            collect(database, LAST)
        run.finish()
        assert problems(database) == [], place
        run_everything(database, [1, 2, 3, 4, 5])
        collect(database, LAST)
        assert unreachable(database) == 0
        assert problems(database) == [], place


def test_a_run_may_begin_and_end_between_any_two_transactions(copied: Callable[[], Path]) -> None:
    last = steps(copied(), LAST)
    for place in range(1, last, 3):
        database = copied()

        def act(number: int, within: bool, place: int = place, database: Path = database) -> None:
            if number == place and not within:
                run_everything(database, [1, 2])

        with watched(act):
            collect(database, LAST)
        assert problems(database) == [], place
        run_everything(database, [1, 2, 3, 4])
        collect(database, LAST)
        assert unreachable(database) == 0
        assert problems(database) == [], place


def test_a_run_may_begin_at_one_point_and_end_at_any_other(copied: Callable[[], Path]) -> None:
    last = steps(copied(), LAST)
    for place in range(0, last, 4):
        for end in range(place, last, 6):
            database = copied()
            runs: list[Held] = []

            def act(
                number: int,
                within: bool,
                place: int = place,
                end: int = end,
                database: Path = database,
                runs: list[Held] = runs,
            ) -> None:
                if number == place and not within:
                    runs.append(Held(database, [1, 2, 3, 6], "between"))
                if number == end and not within:
                    runs[0].finish()

            with watched(act):
                collect(database, LAST)
            runs[0].finish()
            assert problems(database) == [], (place, end)
            collect(database, LAST)
            assert unreachable(database) == 0
            assert problems(database) == [], (place, end)
