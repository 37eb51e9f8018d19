"""What can be asked of tasks, partial tasks and the registry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from redun import Scheduler, get_task_registry, task
from redun.errors import UnknownTaskError
from redun.task import Task, TaskRegistry, split_task_fullname, undefined_task

Reopen = Callable[..., Scheduler]


def make(**options: Any) -> Any:
    @task(namespace="face", **options)
    def work(x: int, y: int = 1) -> int:
        return x + y

    return work


def test_options_keep_what_makes_the_task(scheduler: Scheduler) -> None:
    work = make(hash_includes=["data"], memory=1)
    changed = work.export_options(executor="default").options(memory=2)
    assert (changed.hash, changed.fullname, changed.hash_includes) == (work.hash, work.fullname, ("data",))
    assert changed.get_task_options() == {"memory": 2, "export_options": {"executor": "default"}}
    assert changed.has_task_option("memory")
    assert not changed.has_task_option("vcpus")
    assert changed.get_task_option("vcpus", 7) == 7
    assert work.get_task_options() == {"memory": 1}
    # As a value it is another one.
    assert changed.get_hash() != work.get_hash() == work.hash


def test_version_and_code() -> None:
    assert make(version="1").hash == make(version=1).hash != make(version="2").hash
    assert make(memory=1).hash == make(memory=2).hash
    assert make(hash_includes=[1, 2]).hash == make(hash_includes=[2, 1]).hash != make().hash
    assert make(version="1", hash_includes=[1]).hash != make(version="1").hash


def test_source_stands_for_the_code() -> None:
    def another(x: int, y: int = 1) -> int:
        return x - y

    def with_source(text: str, **options: Any) -> Any:
        return task(name="work", namespace="face", source=text, **options)(another)

    assert make(source="one").hash == with_source("one").hash != with_source("two").hash
    assert make(source="one").hash != make().hash
    assert make(source="one").options(memory=1).hash == make(source="one").hash
    assert with_source("one", version="1").hash == with_source("two", version="1").hash
    assert with_source("one").source == "one"


def test_compat_keeps_the_results_of_an_earlier_version(reopen: Reopen) -> None:
    earlier = make(version="1")
    assert reopen().run(earlier(1)) == 2

    @task(namespace="face", compat=[earlier.hash])
    def work(x: int, y: int = 1) -> int:
        raise AssertionError("is not run")

    assert work.hash == earlier.hash
    assert work.compat == [earlier.hash]
    assert reopen().run(work(1)) == 2


def test_identity_and_validity() -> None:
    work = make(version="1", script=True, load_module="elsewhere", source="text")
    assert (work.name, work.namespace, work.version) == ("work", "face", "1")
    assert (work.script, work.load_module, work.source, work.is_async()) == (True, "elsewhere", "text", False)
    assert work.is_valid()
    assert work.partial(1).is_valid()
    later = make(version="2")
    assert not work.is_valid()
    assert not work.partial(1).is_valid()
    assert later.is_valid()
    later.version = "3"
    assert later.recompute_hash() == make(version="3").hash


def test_made_by_hand() -> None:
    def add(a: int) -> int:
        return a

    made: Task[..., int] = Task(
        add,
        namespace="face",
        task_options_base={"memory": 1},
        task_options_override={"memory": 2},
        export_options={"vcpus": 3},
    )
    assert made.fullname == "face.add"
    assert made.get_task_options() == {"memory": 2, "export_options": {"vcpus": 3}}
    registry = TaskRegistry()
    registry.add(made)
    assert registry.get("face.add") is made
    assert registry.get(hash=made.hash) is made
    assert registry.get(hash="0" * 40) is None
    assert registry.get("face.bad") is None
    assert registry.task_hashes == {made.hash}
    assert [each.fullname for each in registry] == ["face.add"]
    before = made.hash
    assert registry.rename("face.add", "new.place", "plus") is made
    assert (made.fullname, registry.get("face.add")) == ("new.place.plus", None)
    assert made.hash != before
    with pytest.raises(UnknownTaskError, match=r"Did you mean new.place.plus"):
        registry.rename("new.place.plu", "a", "b")


def test_partial_tasks_pass_options_on() -> None:
    partial = make(memory=1).partial(1).options(vcpus=2)
    assert partial.get_task_options() == {"memory": 1, "vcpus": 2}
    assert partial.get_task_option("memory") == 1
    assert partial.get_task_option("gpus", 0) == 0
    assert partial.has_task_option("vcpus")


def test_full_names() -> None:
    assert split_task_fullname("a.b.c") == ("a.b", "c")
    with pytest.raises(UnknownTaskError, match=r"The task a.b is not defined any more"):
        undefined_task("a.b", 1, x=2)
    assert get_task_registry().get("face.never") is None
