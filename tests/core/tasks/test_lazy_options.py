"""Options whose values are expressions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from redun import Scheduler, task
from redun.errors import TaskDefinitionError
from redun.executors.thread import ThreadExecutor
from redun.scheduler import JobInfo

Reopen = Callable[..., Scheduler]


@task(namespace="lazy_options", version="1")
def size(n: int) -> int:
    return 2 * n


@task(namespace="lazy_options", version="1")
def word(text: str) -> str:
    return text


def shown(**options: Any) -> Any:
    @task(namespace="lazy_options", cache_scope="NONE", **options)
    def show(*names: str, info: JobInfo = JobInfo()) -> list[Any]:
        return [info.options.get(name) for name in names]

    return show


def test_of_the_decorator_the_call_and_nested(scheduler: Scheduler) -> None:
    show = shown(memory=size(2), limits={"db": size(0.5)}, tags=[(word("k"), size(3))])

    @task(namespace="lazy_options")
    def main() -> Any:
        return [
            show("memory", "limits", "tags"),
            show.options(memory=size(4))("memory", "vcpus"),
            show.options(vcpus=size(size(1)))(word("memory"), "vcpus"),
        ]

    assert scheduler.run(main()) == [[4, {"db": 1}, [("k", 6)]], [8, None], [4, 4]]


def test_of_the_root(scheduler: Scheduler) -> None:
    show = shown(memory=size(2))
    assert scheduler.run(show("memory")) == [4]
    assert scheduler.run(show.options(memory=size(5))("memory")) == [10]
    assert scheduler.run(shown().options(memory=size(5))("memory")) == [10]


def test_exported(scheduler: Scheduler) -> None:
    show = shown(memory=1)

    @task(namespace="lazy_options", cache_scope="NONE", export_options={"memory": size(3)})
    def inner(info: JobInfo = JobInfo()) -> Any:
        return [info.options["memory"], show("memory"), show.options(memory=size(4))("memory")]

    @task(namespace="lazy_options", cache_scope="NONE")
    def plain(info: JobInfo = JobInfo()) -> Any:
        return [info.options.get("memory"), show("memory")]

    assert scheduler.run([inner(), plain.export_options(memory=size(2))(), plain()]) == [
        [6, [6], [8]],
        [4, [4]],
        [None, [1]],
    ]


def test_decide_executor_and_cache(reopen: Reopen) -> None:
    ran: list[int] = []

    @task(namespace="lazy_options", version="1")
    def work(x: int) -> int:
        ran.append(x)
        return x

    @task(namespace="lazy_options", version="1", executor=word("other"))
    def elsewhere(x: int) -> int:
        import threading

        return "other" in threading.current_thread().name

    @task(namespace="lazy_options", version="1")
    def main(caching: bool) -> Any:
        return [work.options(cache=word.options(cache=False)(caching))(1), work(2)]

    assert reopen().run(main(True)) == [1, 2]
    assert sorted(ran) == [1, 2]
    assert reopen().run(main(False)) == [1, 2]
    assert sorted(ran) == [1, 1, 2]
    with Scheduler(executors={"other": ThreadExecutor("other")}) as scheduler:
        assert scheduler.run(elsewhere(1)) is True


def test_are_no_part_of_the_key_nor_of_the_dataflow(reopen: Reopen) -> None:
    ran: list[int] = []

    @task(namespace="lazy_options", version="1")
    def work(x: int) -> int:
        ran.append(x)
        return x

    assert reopen().run(work(1)) == 1
    scheduler = reopen()
    assert scheduler.run(work.options(memory=size(2))(1)) == 1
    assert scheduler.run(work.options(memory=size(3))(word(1))) == 1
    assert ran == [1]


def test_that_fail_fail_the_call(scheduler: Scheduler) -> None:
    from redun import catch, throw

    @task(namespace="lazy_options", version="1")
    def recover(error: Exception) -> str:
        return str(error)

    show = shown()
    assert (
        scheduler.run(catch(show.options(memory=throw(ValueError("no")))("memory"), ValueError, recover))
        == "no"
    )


def test_that_become_ill_formed_fail_the_call(scheduler: Scheduler) -> None:
    @task(namespace="lazy_options")
    def main() -> Any:
        return shown().options(limits={"db": size(-1)})("limits")

    with pytest.raises(TaskDefinitionError) as caught:
        scheduler.run(main())
    assert "the units of limit 'db' must be a number that is not negative, not -2" in str(caught.value)


@pytest.mark.parametrize("name", ["nout", "config_args", "export_options"])
def test_that_are_needed_at_once_cannot_be_lazy(name: str) -> None:
    with pytest.raises(TaskDefinitionError, match=f"{name} cannot be a lazy value; it is needed before"):
        shown(**{name: size(1)})
