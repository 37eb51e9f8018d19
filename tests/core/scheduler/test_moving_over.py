"""What people who come from redun 0.44 rely on, or remember as a trap, and no other test shows."""

from __future__ import annotations

import importlib.util
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redun import File, Scheduler, get_task_registry, task
from redun.errors import ConfigError, UnknownProviderError
from redun.task import CacheCheckValid, CacheScope

redun_namespace = "moving"

Reopen = Callable[[], Scheduler]


@pytest.fixture(autouse=True)
def own_tasks() -> Iterator[None]:
    """Forget the tasks of a test after it: two of one name in two files would be remarked on."""
    registry = get_task_registry()
    before = dict(registry._tasks), list(registry.replaced)
    yield
    registry._tasks, registry.replaced = before


@pytest.mark.parametrize("none", ["NONE", CacheScope.NONE])
@pytest.mark.parametrize("cse", ["CSE", CacheScope.CSE])
def test_scopes_are_members_or_their_names(reopen: Reopen, witness: Any, none: Any, cse: Any) -> None:
    @task(version="1")
    def work(x: int) -> int:
        return x

    reopen().run(work(1))
    reopen().run([work.options(cache_scope=none)(1), work.options(cache_scope=none)(1)])
    assert witness.ran() - witness.ran("redun.root_task") == 2
    reopen().run([work.options(cache_scope=cse)(1), work.options(cache_scope=cse)(1)])
    assert witness.ran() - witness.ran("redun.root_task") == 1


@pytest.mark.parametrize("shallow", ["shallow", CacheCheckValid.SHALLOW])
def test_check_valid_is_a_member_or_its_text(reopen: Reopen, witness: Any, shallow: Any) -> None:
    @task(version="1")
    def below(x: int) -> int:
        return x

    @task(version="1", check_valid=shallow)
    def above(x: int) -> int:
        return below(x)

    reopen().run(above(1))
    reopen().run(above(1))
    assert (witness.ran(), witness.cached()) == (0, 1)


def test_a_task_may_move_to_another_file(reopen: Reopen, witness: Any, tmp_path: Path) -> None:
    text = "from redun import task\nredun_namespace = 'moving'\n@task\ndef step(x: int) -> int:\n    return x + 1\n"

    def load(name: str, content: str) -> Any:
        path = tmp_path / f"{name}.py"
        path.write_text(content)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module.step

    try:
        reopen().run(load("moving_before", text)(1))
        reopen().run(load("moving_after", f'"""Elsewhere."""\n\nOTHER = 3\n{text}')(1))
        assert witness.ran() == 0
        reopen().run(load("moving_away", text.replace("'moving'", "'moved'"))(1))
        assert witness.ran() == 1
    finally:
        for name in ("moving_before", "moving_after", "moving_away"):
            sys.modules.pop(name, None)


def test_a_path_that_is_text_is_only_text(reopen: Reopen, tmp_path: Path) -> None:
    @task(version="1")
    def read_text(path: str) -> str:
        return Path(path).read_text()

    @task(version="1")
    def read_file(file: File) -> str:
        return str(file.read())

    path = tmp_path / "in.txt"
    path.write_text("one")
    reopen().run([read_text(str(path)), read_file(File(str(path)))])
    path.write_text("two")
    assert reopen().run([read_text(str(path)), read_file(File(str(path)))]) == ["one", "two"]


def test_arguments_defaults_and_options_are_evaluated_side_by_side(scheduler: Scheduler) -> None:
    barrier = threading.Barrier(3, timeout=10)

    @task(version="1")
    def meet(value: int) -> int:
        barrier.wait()
        return value

    @task(version="1", memory=meet(3))
    def work(x: int, y: int = meet(2)) -> int:  # type: ignore[assignment]
        return x + y

    @task(version="1")
    def main() -> int:
        return work(meet(1))

    assert scheduler.run(main()) == 3


def test_the_executor_of_a_replayed_call_need_not_exist(reopen: Reopen) -> None:
    @task(version="1")
    def work(x: int) -> int:
        return x

    elsewhere = work.options(executor="nowhere")
    with pytest.raises(UnknownProviderError, match="nowhere"):
        reopen().run(elsewhere(1))
    reopen().run(work(1))
    assert reopen().run(elsewhere(1)) == 1


def test_an_executor_without_a_type_names_its_section() -> None:
    @task(version="1", executor="half")
    def work() -> int:
        return 1

    config = {"executors.half": {"max_workers": "1"}}
    with (
        Scheduler(config) as scheduler,
        pytest.raises(ConfigError, match=r"section \[executors\.half\]: the option 'type' is missing"),
    ):
        scheduler.run(work())


def test_a_running_job_shows_its_arguments(reopen: Reopen, tmp_path: Path) -> None:
    query = (
        "SELECT argument.name, value.preview, job.status FROM job JOIN argument USING (eval_hash) "
        "JOIN value ON value.hash = argument.value_hash"
    )

    @task(version="1")
    def look(sample: str) -> list[Any]:
        deadline = time.monotonic() + 10
        database = sqlite3.connect(f"file:{tmp_path}/redun.db?mode=ro", uri=True)
        try:
            while time.monotonic() < deadline:
                if rows := database.execute(query).fetchall():
                    return rows
                time.sleep(0.02)
        finally:
            database.close()
        return []

    assert reopen().run(look("s1")) == [("sample", "'s1'", 0)]


class Counted:
    """Counts how often it is pickled."""

    pickled = 0

    def __init__(self, x: int) -> None:
        self.x = x

    def __reduce__(self) -> Any:
        Counted.pickled += 1
        return Counted, (self.x,)


def test_a_result_is_taken_apart_once_to_be_hashed_and_once_to_be_stored(scheduler: Scheduler) -> None:
    @task(version="1")
    def make() -> Counted:
        return Counted(1)

    @task(version="1")
    def use(counted: Counted) -> int:
        return counted.x

    Counted.pickled = 0
    assert scheduler.run(use(make())) == 1
    assert Counted.pickled == 2


def test_a_mounted_bucket_makes_no_difference_to_local_files() -> None:
    staging = File("data/in.txt").stage("in.txt")
    assert staging.render_stage(as_mount=True) == staging.render_stage()
    assert staging.render_unstage(as_mount=True) == staging.render_unstage()
    assert File("a").shell_copy_to("b", as_mount=True) == File("a").shell_copy_to("b")


def test_the_module_of_a_task_is_the_one_to_load() -> None:
    @task(version="1")
    def here() -> int:
        return 1

    assert here.load_module == __name__
    assert here.options(load_module="elsewhere").load_module == "elsewhere"
