"""File objects that outlive an execution."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun import File, Scheduler, task
from redun.expression import quote

Reopen = Callable[[], Scheduler]


@task(namespace="files_again", version="1")
def read(file: File) -> Any:
    return file.read()


@task(namespace="files_again", version="1")
def write(path: str, text: str) -> File:
    file = File(path)
    file.write(text)
    return file


@task(namespace="files_again", version="1")
def by_call(path: str) -> Any:
    return read(File(path))


@task(namespace="files_again", version="1")
def by_keyword(path: str) -> Any:
    return [read(file=File(path))]


@task(namespace="files_again", version="1")
def by_partial(path: str) -> Any:
    return read.partial(File(path))


@task(namespace="files_again", version="1")
def by_quote(path: str) -> Any:
    return quote([read(File(path))])


@task(namespace="files_again", version="1")
def call(held: Any) -> Any:
    return held.eval() if hasattr(held, "eval") else held()


@pytest.mark.parametrize(
    "made", [by_call, by_keyword, lambda path: call(by_partial(path)), lambda path: call(by_quote(path))]
)
def test_a_file_in_a_call_that_a_task_returned_is_looked_at(
    reopen: Reopen, tmp_path: Path, witness: Any, made: Any
) -> None:
    path = tmp_path / "in.txt"
    path.write_text("one")
    assert "one" in str(reopen().run(made(str(path))))
    reopen().run(made(str(path)))
    assert witness.ran() == 0
    path.write_text("two")
    assert "two" in str(reopen().run(made(str(path))))


@pytest.mark.parametrize("wrap", [read, lambda file: [read(file)], lambda file: read.partial(file)()])
def test_a_file_given_twice_is_looked_at_twice(reopen: Reopen, tmp_path: Path, wrap: Any) -> None:
    path = tmp_path / "in.txt"
    path.write_text("one")
    file = File(str(path))
    assert "one" in str(reopen().run(wrap(file)))
    path.write_text("two")
    assert "two" in str(reopen().run(wrap(file)))


def test_one_expression_evaluated_twice_looks_twice(reopen: Reopen, tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_text("one")
    expr = [read(File(str(path)))]
    assert reopen().run(expr) == ["one"]
    path.write_text("two")
    assert reopen().run(expr) == ["two"]


def test_a_default_file_is_looked_at_each_time(reopen: Reopen, tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_text("one")

    @task(namespace="files_again", version="1")
    def defaulted(file: Any = File(str(path))) -> Any:  # noqa: B008
        return file.read()

    assert reopen().run(defaulted()) == "one"
    path.write_text("two")
    assert reopen().run(defaulted()) == "two"
    assert reopen().run([defaulted()]) == ["two"]


def test_a_result_of_an_earlier_execution_is_looked_at_when_given(reopen: Reopen, tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    file: Any = reopen().run(write(str(path), "one"))
    path.write_text("two")
    assert reopen().run(read(file)) == "two"


def test_within_an_execution_a_file_is_what_its_task_returned(
    reopen: Reopen, tmp_path: Path, witness: Any
) -> None:
    """Whoever changes it later in the same execution does not change the keys of those who use it."""
    path = str(tmp_path / "out.txt")
    assert reopen().run([read(write(path, "one"))]) == ["one"]
    assert reopen().run([read(write(path, "one"))]) == ["one"]
    assert witness.ran() == 0
    Path(path).write_text("changed")
    assert reopen().run([read(write(path, "one"))]) == ["one"]
    assert (witness.ran("files_again.write"), witness.ran("files_again.read")) == (1, 0)
