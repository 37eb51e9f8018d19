"""Reuse across executions: what is replayed, what runs again, and why."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun import Dir, File, Scheduler, task
from redun.recorder.batch import Reason

Reopen = Callable[[], Scheduler]


def define(version: str = "1", bump: int = 1, below: str = "1") -> Any:
    """Define (again) a small workflow whose parts have the given versions; return its root."""

    @task(namespace="reuse", version=below)
    def leaf(x: int) -> int:
        return x + bump

    @task(namespace="reuse", version=version)
    def middle(x: int) -> Any:
        return [leaf(x), leaf(x + 1)]

    @task(namespace="reuse", version="1")
    def root(x: int) -> Any:
        return middle(x)

    return root


def test_a_second_execution_runs_nothing(reopen: Reopen, witness: Any) -> None:
    root = define()
    assert reopen().run(root(1)) == [2, 3]
    assert witness.ran() == 4
    assert reopen().run(root(1)) == [2, 3]
    assert witness.ran() == 0
    assert witness.cached() == 4


def test_changed_code_below_an_unchanged_caller_runs(reopen: Reopen, witness: Any) -> None:
    reopen().run(define()(1))
    assert reopen().run(define(below="2", bump=10)(1)) == [11, 12]
    assert witness.ran("reuse.leaf") == 2
    assert witness.ran() == 2
    assert reopen().run(define()(1)) == [2, 3]
    assert witness.ran() == 0


def test_shallow_replays_the_whole_call_while_the_code_below_is_the_same(
    reopen: Reopen, witness: Any
) -> None:
    assert reopen().run(define()(1)) == [2, 3]
    shallow = define().options(check_valid="shallow")
    assert reopen().run(shallow(1)) == [2, 3]
    assert (witness.cached(), witness.ran()) == (1, 0)
    shallow = define(below="2", bump=10).options(check_valid="shallow")
    assert reopen().run(shallow(1)) == [11, 12]
    assert (witness.cached(), witness.ran()) == (2, 2)
    assert reopen().run(shallow(1)) == [11, 12]
    assert (witness.cached(), witness.ran()) == (1, 0)


def test_what_a_replayed_call_stands_for_is_part_of_later_guards(reopen: Reopen, witness: Any) -> None:
    """The guard of a caller covers the tasks below a call that was itself replayed as a whole."""

    def outer(inner: Any) -> Any:
        @task(namespace="reuse", version="1", check_valid="shallow")
        def outer(x: int) -> Any:
            return inner.options(check_valid="shallow")(x)

        return outer

    reopen().run(define()(1))
    assert reopen().run(outer(define())(1)) == [2, 3]
    assert reopen().run(outer(define(below="2", bump=10))(1)) == [11, 12]


def test_cache_settings(reopen: Reopen, witness: Any) -> None:
    root = define()
    reopen().run(root(1))
    assert reopen().run(root(1), cache=False) == [2, 3]
    assert witness.ran() == 4
    reopen().run(root.options(cache=False)(1))
    assert witness.ran() == 1
    reopen().run(root.export_options(cache_scope="CSE")(1))
    assert witness.ran() == 4


def test_equal_calls_in_any_spelling_share_a_key(reopen: Reopen, witness: Any) -> None:
    @task(namespace="reuse", version="1")
    def spelled(a: int, b: int = 2, *, c: Any = None) -> Any:
        return [a, b, c]

    first = reopen().run(spelled(1, 2))
    for call in (spelled(1), spelled(a=1), spelled(b=2, a=1), spelled(1, c=None)):
        assert reopen().run(call) == first
        assert witness.ran() == 0
    reopen().run(spelled(1.0))  # type: ignore[arg-type]
    assert witness.ran() == 1


def test_config_args_are_no_part_of_the_key(reopen: Reopen, witness: Any) -> None:
    @task(namespace="reuse", version="1", config_args=["threads"])
    def work(x: int, threads: int = 1) -> int:
        return x

    reopen().run(work(1))
    reopen().run(work(1, threads=8))
    assert witness.ran() == 0


def test_deleted_and_changed_files(reopen: Reopen, witness: Any, tmp_path: Path) -> None:
    source, target = tmp_path / "in.txt", tmp_path / "out.txt"
    source.write_text("one")

    @task(namespace="reuse", version="1")
    def copy(file: File, path: str) -> Any:
        out = File(path)
        out.write(file.read())
        return {"files": [out]}

    def again() -> int:
        reopen().run(copy(File(str(source)), str(target)))
        return int(witness.ran())

    assert again() == 1
    assert again() == 0
    target.unlink()
    assert again() == 1
    target.write_text("tampered")
    assert again() == 1
    assert target.read_text() == "one"
    source.touch()
    target.touch()
    assert again() == 0
    source.write_text("two")
    assert again() == 1
    assert target.read_text() == "two"
    source.write_text("one")
    target.write_text("one")
    assert again() == 0


def test_directories(reopen: Reopen, witness: Any, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a").write_text("1")

    @task(namespace="reuse", version="1")
    def count(directory: Dir) -> int:
        return len(list(directory.files()))

    assert reopen().run(count(Dir(str(folder)))) == 1
    (folder / "b").write_text("2")
    assert reopen().run(count(Dir(str(folder)))) == 2
    (folder / "b").unlink()
    assert reopen().run(count(Dir(str(folder)))) == 1
    assert witness.ran() == 0


def test_a_result_whose_class_is_gone_is_a_miss(reopen: Reopen, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("passing_module")
    exec("class Thing:\n    def __init__(self, x):\n        self.x = x", module.__dict__)
    monkeypatch.setitem(sys.modules, "passing_module", module)
    reasons: list[Reason] = []

    class Reasons:
        def execution_started(self, execution: Any) -> None: ...
        def execution_finished(self, execution: Any) -> None: ...
        def jobs(self, transitions: Any) -> None:
            reasons.extend(job.reason for job, status in transitions if status == 0)

    @task(namespace="reuse", version="1")
    def make() -> Any:
        return [sys.modules["passing_module"].Thing(1)] if "passing_module" in sys.modules else "remade"

    reopen().run(make())
    monkeypatch.delitem(sys.modules, "passing_module")
    scheduler = reopen()
    scheduler.add_observer(Reasons())
    assert scheduler.run(make()) == "remade"
    assert reasons == [Reason.UNREADABLE]


def test_a_task_as_value_follows_its_code(reopen: Reopen, witness: Any) -> None:
    def build(version: str) -> Any:
        @task(namespace="reuse", version=version)
        def function(x: int) -> str:
            return f"{x}v{version}"

        @task(namespace="reuse", version="1")
        def give() -> Any:
            return function

        @task(namespace="reuse", version="1")
        def apply(func: Any, x: int) -> Any:
            return func(x)

        return apply(give(), 1)

    assert reopen().run(build("1")) == "1v1"
    assert reopen().run(build("1")) == "1v1"
    assert witness.ran() == 0
    assert reopen().run(build("2")) == "1v2"


def test_large_results_live_outside_the_database(reopen: Reopen, witness: Any, tmp_path: Path) -> None:
    @task(namespace="reuse", version="1")
    def big(n: int) -> bytes:
        return bytes(n)

    @task(namespace="reuse", version="1")
    def size(data: bytes) -> int:
        return len(data)

    def call() -> Any:
        data = big(3_000_000)
        return [size(data), size(big(3_000_000)), size(data=big(n=3_000_000))]

    assert reopen().run(call()) == [3_000_000] * 3
    assert witness.ran("reuse.big") == 1
    assert reopen().run(call()) == [3_000_000] * 3
    assert witness.ran() == 0
    assert (tmp_path / "redun.db").stat().st_size < 1_000_000
    # The value is gone from the store: its task runs again, nothing breaks.
    reopen()
    for blob in (tmp_path / "values").rglob("*"):
        if blob.is_file():
            blob.unlink()
    assert reopen().run(call()) == [3_000_000] * 3
    assert witness.ran("reuse.big") == 1
