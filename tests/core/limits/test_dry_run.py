"""What a dry run says, and that it does nothing."""

from __future__ import annotations

import re
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
    assert why(make(), define("1")(1)) == "the task was never called before"


def test_all_arguments_changed(make: Any) -> None:
    scheduler = make()
    scheduler.run(define("1")(1))
    assert why(scheduler, define("1")(7, 8)) == "argument a changed: 1 -> 7; argument b changed: 0 -> 8"


def test_an_argument_changed(make: Any) -> None:
    scheduler = make()
    scheduler.run(define("1")(1, 2))
    assert why(scheduler, define("1")(1, 3)) == "argument b changed: 2 -> 3"


def test_the_code_changed(make: Any) -> None:
    scheduler = make()
    old = define("1")
    scheduler.run(old(1, 2))
    new = define("2")
    assert why(scheduler, new(1, 2)) == "version changed: 1 -> 2"
    assert why(scheduler, new(1, 3)) == "version changed: 1 -> 2; argument b changed: 2 -> 3"


def test_a_file_that_is_given_changed(make: Any, tmp_path: Path) -> None:
    @task(version="1")
    def read(file: File) -> str:
        return str(file.read())

    path = tmp_path / "data.txt"
    path.write_text("one")
    scheduler = make()
    scheduler.run(read(File(str(path))))
    path.write_text("two!")
    text = why(scheduler, read(File(str(path))))
    assert re.fullmatch(rf"file {path} \(argument file\) changed: 3 bytes, \w{{8}} -> 4 bytes, \w{{8}}", text)


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
    assert why(scheduler, define("1")(1)) == "the task was never called before"
    scheduler.run(define("1")(1))
    assert scheduler.run(define("1")(1), dryrun=True) == 1
