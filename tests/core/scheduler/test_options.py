"""Options of tasks: which of several wins, for a call and for the calls below it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from redun import Scheduler, task
from redun.errors import TaskDefinitionError
from redun.executors.thread import ThreadExecutor
from redun.task.options import Policy

Reopen = Callable[[], Scheduler]


@task(namespace="opts", version="1", cache_scope="CSE")
def number(x: int) -> int:
    return x


def policy(changed: Any) -> Policy:
    return Policy.resolve(number.get_task_options(), None, changed(1)._redun_options)


def test_the_later_of_two_names_for_one_thing_wins() -> None:
    assert not policy(number.options(cache_scope="BACKEND").options(cache=False)).replay
    assert policy(number.options(cache=False).options(cache_scope="BACKEND")).replay
    assert policy(number.options(cache=True)).replay
    assert not policy(number.options(cache_scope="BACKEND").export_options(cache=False)).replay
    assert number.options(cache=True).get_task_options() == {"cache": True}


def test_exported_options_apply_to_the_task_itself() -> None:
    changed = policy(number.options(executor="first").export_options(executor="second"))
    assert (changed.executor, changed.exports) == ("second", {"executor": "second"})
    changed = policy(number.export_options(executor="first").options(executor="second"))
    assert (changed.executor, changed.exports) == ("second", {"executor": "first"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"check_valid": "bogus"}, "export_options: check_valid must be one of"),
        ({"cache": True, "cache_scope": "CSE"}, "give cache or cache_scope"),
        ({"nout": -1}, "nout must be"),
    ],
)
def test_exported_options_are_checked_where_they_are_written(options: Any, message: str) -> None:
    with pytest.raises(TaskDefinitionError, match=message):
        number.export_options(**options)
    with pytest.raises(TaskDefinitionError, match=message):
        task(name="other", namespace="opts", export_options=options)(lambda x: x)


def test_decorator_then_exported_then_call() -> None:
    @task(namespace="opts", version="1", executor="own")
    def below(x: int) -> int:
        return x

    @task(namespace="opts", version="1")
    def above(x: int) -> Any:
        return [below(x), below.options(executor="call")(x + 1), middle(x)]

    @task(namespace="opts", version="1", export_options={"executor": "decorated"})
    def middle(x: int) -> Any:
        return below(x + 2)

    used: list[tuple[str, str]] = []

    class Watching:
        def execution_started(self, execution: Any) -> None: ...

        def jobs(self, transitions: Any) -> None:
            used.extend(
                (job.task_name, job.executor) for job, status in transitions if status.name == "RUNNING"
            )

        def execution_finished(self, execution: Any) -> None: ...

    names = ("own", "call", "exported", "decorated")
    executors = {name: ThreadExecutor(name, {"max_workers": 1}) for name in names}
    with Scheduler(executors=executors, observers=[Watching()]) as scheduler:
        assert scheduler.run(above.export_options(executor="exported")(1)) == [1, 2, 3]
    assert sorted(used) == [
        ("opts.above", "exported"),
        ("opts.below", "call"),
        ("opts.below", "exported"),
        ("opts.below", "exported"),
        ("opts.middle", "exported"),
    ]


def test_names_may_be_any_identifiers(reopen: Reopen, witness: Any) -> None:
    @task(namespace="größen", version="1")
    def größe(länge: int) -> int:
        return länge

    assert reopen().run(größe(länge=größe(3))) == 3
    assert reopen().run(größe(3)) == 3
    assert witness.cached("größen.größe") == 1
    for name in ("", "1st", "a b", "a.b"):
        with pytest.raises(TaskDefinitionError, match="identifier"):
            task(name=name or " ", namespace="opts")(lambda x: x)


def test_config_args_name_single_parameters() -> None:
    for name in ("args", "kwargs", "missing"):
        with pytest.raises(TaskDefinitionError, match="no single parameter"):

            @task(namespace="opts", config_args=[name])
            def work(x: int, *args: int, **kwargs: int) -> int:
                return x
