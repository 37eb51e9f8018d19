"""What plugins raise: observers never harm, collectors lose their part, deciders fail whoever asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from redun.errors import ExecutionInterrupted, PluginError
from redun.host import Host, Origin, PluginFailure, Selection
from redun.plugin import hookimpl

MakeHost = Callable[..., Host]


@pytest.fixture
def host(make_host: MakeHost) -> Host:
    return make_host(Selection(all_left_out="this test"))


def add(host: Host, name: str, **hooks: Callable[..., Any]) -> None:
    """Add a plugin whose hooks are plain functions."""
    plugin = type(name, (), {hook: staticmethod(hookimpl(function)) for hook, function in hooks.items()})
    host.add_plugin(plugin, Origin(name, f"redun-observer-{name}", "1.0"))


def fail(error: BaseException) -> Callable[..., Any]:
    def hook() -> Any:
        raise error

    return hook


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(1), RecursionError(), MemoryError()])
def test_an_observer_that_raises_is_reported_once(
    host: Host, reports: list[PluginFailure], error: BaseException
) -> None:
    told: list[list[int]] = []
    add(host, "a", redun_jobs=lambda transitions: told.append(list(transitions)))
    add(host, "b", redun_jobs=fail(error))
    add(host, "c", redun_jobs=lambda transitions: told.append(list(transitions)))
    for batch in ([1], [2, 3]):
        host.jobs(batch)
    assert told == [[1], [1], [2, 3], [2, 3]]
    assert [(each.name, each.stage) for each in reports] == [("b", "redun_jobs")]
    assert type(error).__name__ in reports[0].error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ExecutionInterrupted(2)])
def test_what_the_user_does_passes(host: Host, reports: list[PluginFailure], error: BaseException) -> None:
    add(host, "a", redun_jobs=fail(error), redun_select_executor=fail(error))
    with pytest.raises(type(error)):
        host.jobs([])
    with pytest.raises(type(error)):
        host.select_executor(None)
    assert not reports


def test_observers_are_called_by_name_with_exceptions_that_they_ask_for(host: Host) -> None:
    order: list[str] = []

    class Last:
        @hookimpl(trylast=True)
        def redun_jobs(self) -> None:
            order.append("a-last")

    class First:
        @hookimpl(tryfirst=True)
        def redun_jobs(self) -> None:
            order.append("z-first")

    host.add_plugin(Last(), Origin("a", "a", "1"))
    for name in ("m", "k"):
        add(host, name, redun_jobs=lambda name=name: order.append(name))
    host.add_plugin(First(), Origin("z", "z", "1"))
    host.jobs([])
    assert order == ["z-first", "k", "m", "a-last"]


def test_nobody_is_told_when_nobody_listens(host: Host) -> None:
    assert not host.implements("redun_jobs")
    add(host, "a", redun_jobs=lambda: None)
    assert host.implements("redun_jobs")
    assert not host.implements("redun_select_executor")


def test_collected_lists_are_merged_without_those_that_fail(host: Host, reports: list[PluginFailure]) -> None:
    add(host, "a", redun_error_hints=lambda error: [f"about {error}"])
    add(host, "b", redun_error_hints=fail(ValueError("no")))
    add(host, "c", redun_error_hints=lambda: ["fine", 3])
    add(host, "d", redun_error_hints=lambda: (hint for hint in ["last"]))
    add(host, "e", redun_error_hints=lambda: None)
    assert host.error_hints(KeyError("x")) == ["about 'x'", "last"]
    assert [each.name for each in reports] == ["b", "c", "e"]
    assert "answered 3; it must return a list of sentences" in reports[1].error


@pytest.mark.parametrize("answer", [[("key", object())], [("key",)], ["tag"], [(1, "value")], 5])
def test_tags_that_cannot_be_recorded_are_left_out(
    host: Host, reports: list[PluginFailure], answer: Any
) -> None:
    add(host, "a", redun_execution_tags=lambda: answer)
    add(host, "b", redun_execution_tags=lambda: [("user", "ada"), ("cores", 4)])
    assert host.execution_tags(None) == [("user", "ada"), ("cores", 4)]
    assert [(each.name, each.stage) for each in reports] == [("a", "redun_execution_tags")]


def test_the_first_decider_that_answers_decides(host: Host) -> None:
    asked: list[str] = []
    add(host, "a", redun_select_executor=lambda job: asked.append("a"))
    add(host, "b", redun_select_executor=lambda job: asked.append("b") or f"for-{job}")
    add(host, "c", redun_select_executor=lambda job: asked.append("c") or "other")
    assert host.select_executor("job") == "for-job"
    assert asked == ["a", "b"]


def test_nobody_decides(host: Host) -> None:
    assert host.select_executor("job") is None
    assert host.value_hasher(int) is None
    assert host.task_hasher("task") is None


@pytest.mark.parametrize(
    ("hook", "ask"),
    [
        ("redun_select_executor", lambda host: host.select_executor("job")),
        ("redun_value_hasher", lambda host: host.value_hasher(int)),
        ("redun_task_hasher", lambda host: host.task_hasher("task")),
    ],
)
def test_a_decider_that_fails_is_the_error_of_who_asked(
    host: Host, hook: str, ask: Callable[[Host], Any]
) -> None:
    add(host, "a", **{hook: fail(ValueError("no"))})
    with pytest.raises(
        PluginError, match=rf"plugin 'a' failed in {hook}: ValueError: no .*-p no:a"
    ) as caught:
        ask(host)
    assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.parametrize(
    ("hook", "ask"),
    [
        ("redun_select_executor", lambda host: host.select_executor("job")),
        ("redun_value_hasher", lambda host: host.value_hasher(int)),
        ("redun_task_hasher", lambda host: host.task_hasher("task")),
    ],
)
def test_a_decider_that_answers_nonsense_is_refused(
    host: Host, hook: str, ask: Callable[[Host], Any]
) -> None:
    add(host, "a", **{hook: lambda: 3})
    with pytest.raises(PluginError, match=rf"plugin 'a' answered 3 to {hook}; it must be"):
        ask(host)


def test_value_hashers_are_asked_once_per_type(host: Host) -> None:
    asked: list[type] = []

    def redun_value_hasher(type: type) -> Any:  # noqa: A002
        asked.append(type)
        return repr if type is complex else None

    add(host, "a", redun_value_hasher=redun_value_hasher)
    for _ in range(3):
        assert host.value_hasher(complex) is repr
        assert host.value_hasher(bytes) is None
    assert asked == [complex, bytes]
