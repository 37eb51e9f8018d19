"""When results are used again, where that is easy to get wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun import File, Scheduler, get_task_registry, task
from redun.errors import SchedulerError
from redun.functools import map_

redun_namespace = "rules"

Reopen = Callable[[], Scheduler]


def test_what_is_given_to_run_may_be_any_value(scheduler: Scheduler) -> None:
    for value in (3, "text", [1, {"k": (2,)}], None):
        assert scheduler.run(value) == value


def test_after_a_failure_below_only_what_failed_is_tried_again(reopen: Reopen, witness: Any) -> None:
    def define(version: str) -> Any:
        @task(namespace="rules", version="1")
        def fine(x: int) -> int:
            return x

        @task(namespace="rules", version=version)
        def shaky(x: int) -> int:
            if version == "broken":
                raise ValueError("shaky")
            return x

        @task(namespace="rules", version="1")
        def main() -> list[int]:
            return [fine(1), shaky(fine(2))]

        return main

    with pytest.raises(ValueError, match="shaky"):
        reopen().run(define("broken")())
    assert reopen().run(define("fixed")()) == [1, 2]
    assert (witness.ran("rules.shaky"), witness.ran()) == (1, 1)


def test_a_run_without_cache_refreshes_what_later_runs_use(reopen: Reopen, witness: Any) -> None:
    outcomes = iter(["first", "second", "third"])

    @task(namespace="rules", version="1")
    def draw() -> str:
        return next(outcomes)

    assert reopen().run(draw()) == "first"
    assert reopen().run(draw(), cache=False) == "second"
    # The last writer wins, and a task with cache=False writes too.
    assert reopen().run(draw()) == "second"
    assert witness.ran() == 0
    assert reopen().run(draw.options(cache=False)()) == "third"
    assert reopen().run(draw()) == "third"


def test_how_far_equal_calls_share(scheduler: Scheduler, witness: Any) -> None:
    numbers = iter(range(100))

    def define(**options: Any) -> Any:
        @task(namespace="rules", name="draw", version=str(options), **options)
        def draw() -> int:
            return next(numbers)

        return draw

    for options in ({}, {"cache": False}, {"cache_scope": "CSE"}):
        first, second = scheduler.run([define(**options)(), define(**options)()])
        assert first == second
    # Two calls are two draws; one expression that is used twice is one.
    draw = define(cache_scope="NONE")
    first, second = scheduler.run([draw(), draw()])
    assert first != second
    once = define(cache_scope="NONE", memory=1)()
    first, second = scheduler.run([once, once])
    assert first == second


def test_options_do_not_change_the_key_of_a_call_but_of_a_task_as_value(reopen: Reopen, witness: Any) -> None:
    @task(namespace="rules", version="1")
    def inc(x: int) -> int:
        return x + 1

    @task(namespace="rules", version="1")
    def each(a_task: Any) -> Any:
        return map_(a_task, [1])

    reopen().run([inc(1), each(inc)])
    assert reopen().run([inc.options(memory=8)(1), each(inc)]) == [2, [2]]
    assert witness.ran("rules.inc") + witness.ran("rules.each") == 0
    reopen().run(each(inc.options(memory=8)))
    assert (witness.ran("rules.each"), witness.ran("rules.inc")) == (1, 0)


def test_a_task_that_changes_its_input_in_place_runs_each_time(
    reopen: Reopen, witness: Any, tmp_path: Path
) -> None:
    log = tmp_path / "log.txt"
    log.write_text("")

    @task(namespace="rules", version="1")
    def append(file: File) -> File:
        file.write(file.read() + "line\n")
        return file

    for lines in (1, 2, 3):
        reopen().run(append(File(str(log))))
        assert witness.ran("rules.append") == 1
        assert log.read_text() == "line\n" * lines


@pytest.mark.parametrize("check_valid", ["full", "shallow"])
def test_intermediate_and_final_files(reopen: Reopen, witness: Any, tmp_path: Path, check_valid: str) -> None:
    @task(namespace="rules", version="1")
    def middle(path: str) -> File:
        file = File(path)
        file.write("middle")
        return file

    @task(namespace="rules", version="1")
    def final(file: File, path: str) -> File:
        out = File(path)
        out.write(file.read() + " final")
        return out

    @task(namespace="rules", version="1", check_valid=check_valid)
    def main(folder: str) -> File:
        return final(middle(f"{folder}/middle"), f"{folder}/final")

    reopen().run(main(str(tmp_path)))
    (tmp_path / "middle").unlink()
    reopen().run(main(str(tmp_path)))
    assert witness.ran("rules.middle") == (1 if check_valid == "full" else 0)
    (tmp_path / "final").unlink()
    reopen().run(main(str(tmp_path)))
    assert witness.ran("rules.final") == 1
    assert (tmp_path / "final").read_text() == "middle final"


def test_a_task_below_that_is_not_there_counts_as_changed(reopen: Reopen, witness: Any) -> None:
    @task(namespace="rules", version="1")
    def below() -> int:
        return 1

    @task(namespace="rules", version="1", check_valid="shallow")
    def above() -> int:
        return below()

    reopen().run(above())
    reopen().run(above())
    assert (witness.cached(), witness.ran()) == (1, 0)
    get_task_registry().rename("rules.below", "rules.elsewhere", "below")
    assert reopen().run(above()) == 1
    assert (witness.ran("rules.above"), witness.ran("rules.elsewhere.below")) == (1, 1)


def test_the_order_of_calls_below_is_no_part_of_what_a_call_is(reopen: Reopen, tmp_path: Path) -> None:
    @task(namespace="rules", version="1")
    def one(x: int) -> int:
        return 0

    @task(namespace="rules", version="1", cache=False)
    def both() -> list[int]:
        order.reverse()
        return [one(x) for x in order]

    order = [1, 2]
    reopen().run(both())
    reopen().run(both())
    reopen()
    with sqlite3.connect(tmp_path / "redun.db") as database:
        rows = database.execute(
            "select count(distinct call_hash), count(*) from job join task on task.key = job.task where name = 'both'"
        )
        assert rows.fetchone() == (1, 2)


def test_a_call_means_the_function_it_was_written_with(scheduler: Scheduler) -> None:
    @task(namespace="rules", name="twin", version="1")
    def first() -> str:
        return "first"

    call = first()

    @task(namespace="rules", name="twin", version="2")
    def second() -> str:
        return "second"

    assert scheduler.run([call, second()]) == ["first", "second"]


@pytest.mark.parametrize("count", [2, 4])
def test_a_promise_of_length_is_kept(scheduler: Scheduler, count: int) -> None:
    @task(namespace="rules", version="1", nout=3)
    def three() -> list[int]:
        return list(range(count))

    a, _, _ = three()
    with pytest.raises(
        SchedulerError, match=rf"rules.three .*promised 3 results \(nout\) and returned {count}"
    ):
        scheduler.run(a)


def test_macros_are_plain_functions(scheduler: Scheduler) -> None:
    @task(namespace="rules", version="1")
    def add(a: int, b: int) -> int:
        return a + b

    def thrice(x: Any) -> Any:
        return add(x, add(x, x))

    assert scheduler.run(thrice(add(1, 1))) == 6
    assert add.func(1, 2) == 3
