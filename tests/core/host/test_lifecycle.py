"""The order in which the hooks of a plugin are called when a workflow runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from redun import Scheduler, task
from redun.config import Config
from redun.host import Host, Origin, PluginFailure, Selection
from redun.host.hookspecs import MODULES, hook_names
from redun.plugin import hookimpl

redun_namespace = "lifecycle"


@task(version="1")
def leaf(x: int) -> int:
    if x < 0:
        raise ValueError(x)
    return x + 1


@task(version="1")
def root(x: int) -> int:
    return leaf(x)


class Spy:
    """A plugin that implements every hook and notes each call."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.arguments: dict[str, Any] = {}

    def note(self, hook: str, **arguments: Any) -> Any:
        if hook == "redun_jobs":
            hook += "".join(f" {job.task_name}:{status.name}" for job, status in arguments["transitions"])
        self.calls.append(hook)
        self.arguments[hook] = arguments
        return [] if hook in PROVIDERS | COLLECTORS else None


PROVIDERS = {name for name in hook_names() if name in vars(MODULES[0])}
COLLECTORS = {name for name in hook_names() if name in vars(MODULES[3])}


def spy_hook(name: str) -> Any:
    """Return a hook that takes every argument and notes them."""
    from inspect import signature

    spec = next(vars(module)[name] for module in MODULES if name in vars(module))
    names = ", ".join(signature(spec).parameters)
    scope: dict[str, Any] = {}
    pairs = ", ".join(f"{each}={each}" for each in signature(spec).parameters)
    exec(f"def {name}(self, {names}): return self.note({name!r}, {pairs})", scope)
    return hookimpl(scope[name])


for _name in hook_names():
    setattr(Spy, _name, spy_hook(_name))


@pytest.fixture
def spy() -> Spy:
    return Spy()


@pytest.fixture
def scheduler(spy: Spy, make_host: Callable[..., Host]) -> Scheduler:
    host = make_host(Selection(all_left_out="this test"))
    host.add_plugin(spy, Origin("spy", "spy", "1"))
    return Scheduler(Config({"backend": {"db_uri": "sqlite:///:memory:"}}), host=host)


def merged(calls: list[str]) -> list[str]:
    """Join the batches in which jobs are told, since how many there are is a matter of time."""
    found: list[str] = []
    for call in calls:
        if call.startswith("redun_jobs") and found and found[-1].startswith("redun_jobs"):
            found[-1] += call.removeprefix("redun_jobs")
        else:
            found.append(call)
    return found


START = ["redun_configure", "redun_session_started"]


def test_a_run_that_succeeds(scheduler: Scheduler, spy: Spy, reports: list[PluginFailure]) -> None:
    assert spy.calls == [
        "redun_executors",
        "redun_recorders",
        "redun_filesystems",
        "redun_value_types",
        "redun_commands",
        "redun_task_options",
    ]
    spy.calls.clear()
    assert scheduler.run(root(1)) == 2
    scheduler.close()
    told = [call for call in merged(spy.calls) if call not in ("redun_value_hasher", "redun_task_hasher")]
    assert [call for call in told if not call.startswith(("redun_jobs", "redun_select_executor"))] == [
        *START,
        "redun_execution_tags",
        "redun_execution_started",
        "redun_execution_finished",
        "redun_session_finished",
    ]
    assert told.count("redun_select_executor") == 2
    jobs = " ".join(call for call in told if call.startswith("redun_jobs")).replace("redun_jobs ", "").split()
    assert jobs == [
        "lifecycle.root:RUNNING",
        "lifecycle.leaf:RUNNING",
        "lifecycle.leaf:DONE",
        "lifecycle.root:DONE",
    ]
    first, last = (told.index(f"redun_execution_{event}") for event in ("started", "finished"))
    assert all(
        first < place < last
        for place, call in enumerate(told)
        if call.startswith(("redun_jobs", "redun_select_executor"))
    )
    assert not reports


def test_a_run_that_fails(scheduler: Scheduler, spy: Spy) -> None:
    with pytest.raises(ValueError, match="-1"):
        scheduler.run(root(-1))
    scheduler.close()
    assert spy.calls[-2:] == ["redun_execution_finished", "redun_session_finished"]
    execution = spy.arguments["redun_execution_finished"]["execution"]
    assert execution.status.name == "FAILED"
    assert isinstance(execution.error, ValueError)


def test_a_session_of_two_runs(scheduler: Scheduler, spy: Spy) -> None:
    for number in (1, 2):
        scheduler.run(root(number))
    scheduler.close()
    scheduler.close()
    counts = {hook: spy.calls.count(hook) for hook in set(spy.calls)}
    assert counts["redun_configure"] == 1
    assert counts["redun_session_started"] == 1
    assert counts["redun_session_finished"] == 1
    assert counts["redun_execution_started"] == counts["redun_execution_finished"] == 2


def test_every_hook_that_raises_leaves_the_result_alone(
    make_host: Callable[..., Host], reports: list[PluginFailure]
) -> None:
    def explode(*_: object, **__: object) -> Any:
        raise RuntimeError("observer")

    names = [name for module in MODULES[2:] for name in hook_names() if name in vars(module)]
    plugin = type("Plugin", (), {name: staticmethod(hookimpl(lambda: explode())) for name in names})
    host = make_host(Selection(all_left_out="this test"))
    host.add_plugin(plugin, Origin("bad", "bad", "1"))
    scheduler = Scheduler(host=host)
    assert scheduler.run(root(10)) == 11
    scheduler.close()
    assert sorted({each.stage for each in reports}) == sorted(set(names) - {"redun_error_hints"})
    assert len(reports) == len(names) - 1
