"""Executors that a workflow registers itself, and second names for executors."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from redun import AliasExecutor, LocalExecutor, Scheduler, register_executor, task
from redun.errors import ConfigError, UnknownProviderError
from redun.executors.base import Executor, ExecutorError, Work
from redun.executors.thread import ThreadExecutor


@task(namespace="executor_names", version="1")
def where() -> str:
    return threading.current_thread().name


def test_documented_names_are_one_thing() -> None:
    import redun.executors.alias
    import redun.executors.base
    import redun.executors.local

    assert redun.executors.local.LocalExecutor is LocalExecutor
    assert issubclass(LocalExecutor, ThreadExecutor)
    assert redun.executors.base.register_executor is register_executor
    assert redun.executors.alias.AliasExecutor is AliasExecutor
    assert Executor is redun.executors.Executor
    assert issubclass(ExecutorError, redun.errors.RedunError)


def test_a_class_is_registered_by_decorator() -> None:
    made: list[str] = []

    @register_executor("executor_names.own")
    class Own(LocalExecutor):
        def submit(self, works: Sequence[Work]) -> None:
            made.extend(work.task.fullname for work in works)
            super().submit(works)

    config = {"executors.mine": {"type": "executor_names.own", "max_workers": "1"}}
    with Scheduler(config) as scheduler:
        assert scheduler.run(where.options(executor="mine")()).startswith("redun-mine")
    assert made == ["executor_names.where"]


def test_a_class_is_registered_by_name_and_imported_when_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "herds_of_executors.py").write_text(
        "from redun import LocalExecutor\nclass Herd(LocalExecutor):\n    pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    register_executor("executor_names.herd", "herds_of_executors.Herd")
    with Scheduler({"executors.herd": {"type": "executor_names.herd"}}) as scheduler:
        assert "herds_of_executors" not in sys.modules
        assert scheduler.run(where.options(executor="herd")()).startswith("redun-herd")
        assert type(scheduler.executors["herd"]).__name__ == "Herd"


def test_the_configuration_names_a_class() -> None:
    config = {"executors.own": {"type": "anything", "class": "redun.executors.thread.ThreadExecutor"}}
    with Scheduler(config) as scheduler:
        assert scheduler.run(where.options(executor="own")()).startswith("redun-own")


def test_a_class_that_is_not_there_is_told() -> None:
    register_executor("executor_names.gone", "no_such_module.Gone")
    with (
        Scheduler({"executors.gone": {"type": "executor_names.gone"}}) as scheduler,
        pytest.raises(ConfigError) as caught,
    ):
        scheduler.run(where.options(executor="gone")())
    assert str(caught.value) == (
        "[executors.gone] The executor class no_such_module.Gone cannot be imported: No module named 'no_such_module'."
    )


def test_an_alias_stands_for_another_executor() -> None:
    config = {
        "executors.first": {"type": "local", "max_workers": "1"},
        "executors.second": {"type": "alias", "target": "first"},
        "executors.third": {"type": "alias", "target": "second"},
    }
    with Scheduler(config) as scheduler:
        names = scheduler.run([where.options(executor=name, cache=False)() for name in ("first", "third")])
        assert names == ["redun-first-0", "redun-first-0"]
        assert scheduler.executors["third"] is scheduler.executors["first"]


def test_an_alias_runs_async_tasks() -> None:
    @task(namespace="executor_names", version="1", executor="second")
    async def asynchronous() -> str:
        return "ran"

    with Scheduler({"executors.second": {"type": "alias", "target": "default"}}) as scheduler:
        assert scheduler.run(asynchronous()) == "ran"


def test_an_alias_shares_what_its_executor_has() -> None:
    running = most = 0
    lock = threading.Lock()
    seen = threading.Event()

    @task(namespace="executor_names", version="1", cache=False, memory=1)
    def busy(i: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        seen.wait(0.05)
        with lock:
            running -= 1
        return i

    config = {
        "executors.first": {"type": "local", "memory": "2"},
        "executors.second": {"type": "alias", "target": "first"},
    }
    with Scheduler(config) as scheduler:
        calls = [busy.options(executor=("first", "second")[i % 2])(i) for i in range(8)]
        assert scheduler.run(calls) == list(range(8))
    assert most == 2


def test_an_alias_is_told_what_is_missing() -> None:
    with Scheduler({"executors.a": {"type": "alias"}}) as scheduler, pytest.raises(ConfigError) as caught:
        scheduler.run(where.options(executor="a")())
    assert str(caught.value) == "[executors.a] target is missing: the executor that the alias stands for."


def test_an_alias_of_nothing_is_told() -> None:
    config = {"executors.a": {"type": "alias", "target": "nowhere"}}
    with Scheduler(config) as scheduler, pytest.raises(UnknownProviderError) as caught:
        scheduler.run(where.options(executor="a")())
    assert "no plugin supplies the executor 'nowhere'" in str(caught.value)
    assert "executors configured here: a, default" in str(caught.value)


def test_aliases_of_each_other_are_told() -> None:
    config = {
        "executors.a": {"type": "alias", "target": "b"},
        "executors.b": {"type": "alias", "target": "a"},
    }
    with Scheduler(config) as scheduler, pytest.raises(ConfigError) as caught:
        scheduler.run(where.options(executor="a")())
    assert str(caught.value) == "[executors.a] target: these aliases stand for each other: a -> b -> a."


def test_an_executor_given_under_another_name_keeps_its_capacities() -> None:
    executor = ThreadExecutor("its own name", {"memory": "1"})
    with Scheduler(executors={"given": executor}) as scheduler:
        calls = [where.options(executor="given", memory=1, cache=False)() for _ in range(2)]
        assert all(name.startswith("redun-its own name") for name in scheduler.run(calls))
