"""What calls read of the context, and where it comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, cond, get_context, task
from redun.config import Config
from redun.context import get_context_value
from redun.errors import ArgumentError, ConfigError


@task(namespace="context_values", version="1")
def show(x: int, m: Any = get_context("a.b", 7)) -> Any:
    return x, m


@task(namespace="context_values", version="1")
def inner() -> Any:
    return get_context("a", "none")


@task(namespace="context_values", version="1")
def outer(change: Any) -> Any:
    return [
        inner(),
        inner.update_context(change)(),
        inner.update_context({"a": {"z": 1}}).update_context(change)(),
    ]


def test_a_path_that_is_missing_null_or_no_dict(scheduler: Scheduler) -> None:
    paths = {"a.b": 1, "a": {"b": 1}, "a.b.c": 0, "x": 0, "n": None}
    exprs = [get_context(path, "default") for path in paths]
    context = {"a": {"b": 1}, "n": None}
    assert scheduler.run(exprs, context=context) == [1, {"b": 1}, "default", "default", None]
    assert scheduler.run(get_context("x")) is None
    assert get_context_value(context, "a.b", 0) == 1
    assert get_context_value(context, "n", 0) is None


def test_a_default_is_evaluated_only_when_it_is_needed(scheduler: Scheduler, witness: Any) -> None:
    assert scheduler.run(get_context("x", show(3)), context={"x": 1}) == 1
    assert witness.ran("context_values.show") == 0
    assert scheduler.run(get_context("y", show(3)), context={"x": 1}) == (3, 7)


def test_defaults_follow_the_context_of_the_call(scheduler: Scheduler) -> None:
    calls = [
        show(1),
        show.update_context({"a.b": 2})(1),
        show.update_context(a={"b": 3})(1),
        show.update_context(a={"b": None})(1),
        show.update_context(a=4)(1),
        show.update_context(a={"b": 5})(1, 6),
        show.update_context(a={"b": 5})(1, get_context("a.b", "caller's")),
    ]
    expected = [(1, 7), (1, 2), (1, 3), (1, None), (1, 7), (1, 6), (1, "caller's")]
    assert scheduler.run(calls) == expected


def test_contexts_merge_deeply_and_are_inherited(scheduler: Scheduler) -> None:
    result = scheduler.run(outer({"a": {"c": 3}}), context={"a": {"b": 1, "c": 2}})
    assert result == [{"b": 1, "c": 2}, {"b": 1, "c": 3}, {"b": 1, "c": 3, "z": 1}]


def test_changes_may_be_lazy_and_are_evaluated_in_the_callers_context(scheduler: Scheduler) -> None:
    call = show.update_context(a={"b": show(1)[1]}).update_context(c=get_context("d"))(2)
    assert scheduler.run(call) == (2, 7)
    assert scheduler.run(inner.update_context(a=get_context("d", 0) + 1)(), context={"d": 4}) == 5


def test_in_conditions_and_in_paths(scheduler: Scheduler) -> None:
    path = cond(get_context("deep"), "a.b", "c")
    assert scheduler.run(get_context(path), context={"deep": True, "a": {"b": 1}, "c": 2}) == 1
    assert scheduler.run(get_context(path), context={"a": {"b": 1}, "c": 2}) == 2


def test_an_option_is_evaluated_in_the_callers_context(scheduler: Scheduler) -> None:
    from redun.scheduler import JobInfo

    @task(namespace="context_values", version="1", memory=get_context("m", 1))
    def measured(info: JobInfo = JobInfo()) -> Any:
        return info.options["memory"]

    assert scheduler.run([measured(), measured.update_context(m=5)()], context={"m": 2}) == [2, 2]


def test_calls_in_defaults_are_children_of_the_caller(scheduler: Scheduler, witness: Any) -> None:
    parents: dict[str, Any] = {}

    class Parents:
        def execution_started(self, execution: Any) -> None: ...
        def execution_finished(self, execution: Any) -> None: ...
        def jobs(self, transitions: Any) -> None:
            for job, _status in transitions:
                parents[job.task_name] = (job.number, job.parent)

    @task(namespace="context_values", version="1")
    def callee(x: Any = inner()) -> Any:  # noqa: B008
        return x

    @task(namespace="context_values", version="1")
    def caller() -> Any:
        return callee.update_context(a=1)()

    scheduler.add_observer(Parents())
    assert scheduler.run(caller()) == 1
    number, _ = parents["context_values.caller"]
    assert parents["context_values.inner"][1] == parents["context_values.callee"][1] == number


def test_an_error_below_a_default_names_the_calls(scheduler: Scheduler) -> None:
    @task(namespace="context_values", version="1")
    def broken() -> Any:
        raise ValueError("no")

    @task(namespace="context_values", version="1")
    def callee(x: Any = broken()) -> Any:  # noqa: B008
        return x

    @task(namespace="context_values", version="1")
    def caller() -> Any:
        return callee.update_context(a=1)()

    with pytest.raises(ValueError, match="no"):
        scheduler.run(caller())
    assert scheduler.failure is not None
    assert [frame.task_name for frame in scheduler.failure.frames] == [
        "context_values.caller",
        "context_values.broken",
    ]


def run_with(section: dict[str, Any], tmp_path: Path, **options: Any) -> Any:
    config = Config({"backend": {"db_uri": "sqlite:///:memory:"}, "scheduler": section}, configdir=tmp_path)
    with Scheduler(config) as scheduler:
        return scheduler.run(get_context("a", "none"), **options)


def test_sources_from_the_weakest_to_the_strongest(tmp_path: Path) -> None:
    text = json.dumps({"a": {"x": 1, "y": 1}})
    assert run_with({"context": text}, tmp_path) == {"x": 1, "y": 1}
    assert run_with({"context": text}, tmp_path, context={"a": {"y": 2}}) == {"x": 1, "y": 2}
    assert run_with({"context": text}, tmp_path, context={"a.y": 2}) == {"x": 1, "y": 2}
    (tmp_path / "context.json").write_text('{"a": 3}')
    assert run_with({"context_file": "context.json"}, tmp_path) == 3


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            {"context": "{}", "context_file": "x"},
            "option 'context_file': context is set too; give one of them",
        ),
        ({"context": "{a: 1}"}, "option 'context': it is not JSON: Expecting property name"),
        ({"context": "[1]"}, "a context is a dict, not [1]"),
        ({"context_file": "none.json"}, "none.json cannot be read: No such file or directory"),
    ],
)
def test_a_configured_context_that_is_none(section: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        run_with(section, tmp_path)
    assert message in str(caught.value)


def test_what_is_no_context_is_refused(scheduler: Scheduler) -> None:
    with pytest.raises(ArgumentError, match=r"run\(context=...\): a context is a dict, not 3"):
        scheduler.run(show(1), context=3)  # type: ignore[arg-type]
    with pytest.raises(
        TypeError, match=r"update_context\(\) of task context_values.show: a context is a dict, not 3"
    ):
        show.update_context(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="the names in a context are texts, not 3"):
        show.update_context({3: 4})  # type: ignore[dict-item]
    with pytest.raises(ArgumentError, match=r"get_context\(\) wants a path such as 'a.b', not 3"):
        scheduler.run(get_context(3))  # type: ignore[arg-type]
