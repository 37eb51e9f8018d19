"""What a dry run says, and that it does nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from redun import File, task
from redun.errors import DryRunResult

redun_namespace = "dry"


def define(version: str, **options: Any) -> Any:
    @task(name="add", version=version, **options)
    def add(a: int, b: int = 0) -> int:
        return a + b

    return add


def why(scheduler: Any, expression: Any) -> str:
    with pytest.raises(DryRunResult) as caught:
        scheduler.run(expression, dryrun=True)
    (job,) = caught.value.would_run
    return str(job.why)


def test_a_task_that_was_never_called(make: Any) -> None:
    assert why(make(), define("1")(1)) == "task dry.add was never called"


def test_known_code_and_nothing_alike(make: Any) -> None:
    scheduler = make()
    scheduler.run(define("1")(1))
    assert why(scheduler, define("1")(7, 8)) == "its code was called before, but not with these arguments"


def test_an_argument_changed(make: Any) -> None:
    scheduler = make()
    scheduler.run(define("1")(1, 2))
    assert why(scheduler, define("1")(1, 3)) == "changed since an earlier call: b (was 2)"


def test_the_code_changed(make: Any) -> None:
    scheduler = make()
    old = define("1")
    scheduler.run(old(1, 2))
    new = define("2")
    assert why(scheduler, new(1, 2)) == (
        f"its code changed from {old.hash[:8]} to {new.hash[:8]}; "
        "with the old code there is a result for these arguments"
    )
    assert why(scheduler, new(1, 3)) == (
        f"its code and its arguments are new; the last code was {old.hash[:8]}"
    )


def test_a_file_that_is_given_changed(make: Any, tmp_path: Path) -> None:
    @task(version="1")
    def read(file: File) -> str:
        return str(file.read())

    path = tmp_path / "data.txt"
    path.write_text("one")
    scheduler = make()
    scheduler.run(read(File(str(path))))
    path.write_text("two!")
    assert why(scheduler, read(File(str(path)))) == (
        f"argument file changed: the content of {path} is another one"
    )


def test_a_file_of_the_result_is_gone(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "out.txt"

    @task(version="1")
    def write() -> File:
        file = File(str(path))
        file.write("text")
        return file

    scheduler = make()
    scheduler.run(write())
    path.unlink()
    text = why(scheduler, write())
    assert str(path) in text
    assert text.endswith("changed or is gone")


def test_where_the_reason_says_all_nothing_is_added(make: Any) -> None:
    scheduler = make()
    scheduler.run(define("1")(1))
    assert why(scheduler, define("1", cache=False)(1)) == "None"


def test_nothing_is_recorded_and_what_is_known_is_returned(make: Any, tmp_path: Path) -> None:
    scheduler = make()
    assert why(scheduler, define("1")(1))
    assert why(scheduler, define("1")(1)) == "task dry.add was never called"
    scheduler.run(define("1")(1))
    assert scheduler.run(define("1")(1), dryrun=True) == 1
