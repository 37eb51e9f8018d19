"""Which options a task may be given: names, types, forms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, task
from redun.errors import TaskDefinitionError
from redun.task.known import KNOWN

Reopen = Callable[..., Scheduler]
HERE = Path(__file__).name


def define(**options: Any) -> Any:
    @task(namespace="checks", version="1", **options)
    def checked(x: int) -> int:
        return x

    return checked


def test_options_written_for_any_executor_of_redun_are_taken(scheduler: Scheduler) -> None:
    checked = define(
        executor="default", memory=4, vcpus=2.5, gpus=0, image="ubuntu:24.04", queue="q", shared_memory=None,
        role="none", retries=3, timeout=60, num_nodes=2, job_name_prefix="p", volumes=[("/a", "/b")],
        interactive=False, debug=False, batch_tags={"a": "b"}, share_id="s", worker_type="G.1X", workers=3,
        additional_libs=["numpy"], extra_files=[], k8s_labels={"a": "b"}, service_account_name="me",
        machine_type="e2-standard-4", mount_buckets=["b"], prov=True, load_module="m", tags=[("k", 1)],
    )  # fmt: skip
    assert scheduler.run(checked(2)) == 2


def test_every_declared_option_says_what_it_is() -> None:
    assert len({spec.name for spec in KNOWN}) == len(KNOWN)
    for spec in KNOWN:
        assert spec.help.endswith("."), spec.name


@pytest.mark.parametrize(
    "limits",
    [
        ["api"], ("api", "db"), {"api": 2, "db": 0.5}, set(), None, frozenset({"api"}),
    ],
)  # fmt: skip
def test_limits_in_every_form(limits: Any) -> None:
    assert define(limits=limits).get_task_option("limits") == limits


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"limits": "api"}, "limits must be a list of names or a dict of names and units, not 'api'; for instance"),
        ({"limits": 3}, "limits must be a list of names"),
        ({"limits": [3]}, "the name of a limit must be text, not 3"),
        ({"limits": {"api": "2"}}, "the units of limit 'api' must be a number that is not negative, not '2'"),
        ({"limits": {"api": -1}}, "the units of limit 'api' must be"),
        ({"limits": {"api": True}}, "the units of limit 'api' must be"),
        ({"limits": {"api": float("nan")}}, "the units of limit 'api' must be"),
        ({"tags": [("a", "b", "c")]}, "tags must be pairs of key and value, not ('a', 'b', 'c')"),
        ({"tags": ["ab"]}, "tags must be pairs"),
        ({"tags": "ab"}, "tags must be"),
        ({"config_args": "x"}, "config_args must be"),
        ({"config_args": [1]}, "config_args must be names of parameters, not 1"),
        ({"cache": "yes"}, "cache must be True or False, not 'yes'"),
        ({"prov": 1}, "prov must be True or False, not 1"),
        ({"memory": [4]}, "memory must be a whole number or a number or text or None, not [4]"),
        ({"memory": True}, "memory must be"),
        ({"retries": "3"}, "retries must be a whole number or None, not '3'"),
        ({"executor": ""}, "executor must not be empty"),
        ({"executor": 3}, "executor must be text or None, not 3"),
        ({"nout": True}, "nout must be a non-negative integer"),
        ({"check_valid": "deep"}, "check_valid must be one of 'full', 'shallow', not 'deep'"),
        ({"export_options": ["memory"]}, "export_options must be a dict or None, not ['memory']"),
        ({"export_options": {"limits": "api"}}, "export_options: limits must be"),
        ({"compat": ["abc"]}, "compat must begin with the hash of an earlier version, 40 hex digits, not 'abc'"),
    ],
)  # fmt: skip
def test_ill_formed_options_are_refused_where_they_are_written(options: Any, message: str) -> None:
    with pytest.raises(TaskDefinitionError) as caught:
        define(**options)
    text = str(caught.value)
    assert message in text
    assert text.startswith(f"Task checks.checked ({__file__}:")
    if "compat" not in options:
        with pytest.raises(TaskDefinitionError) as caught:
            define().options(**options)
        assert message in str(caught.value)


def test_unknown_option_of_the_decorator(scheduler: Scheduler) -> None:
    define(memorie=4)
    with pytest.raises(TaskDefinitionError) as caught:
        scheduler.run(define(memorie=4)(1))
    text = str(caught.value)
    assert text.startswith(f"Task checks.checked ({__file__}:")
    assert "unknown option 'memorie'; did you mean 'memory'?" in text
    assert text.endswith("[scheduler] task_options = memorie")


def test_unknown_option_that_resembles_none(scheduler: Scheduler) -> None:
    with pytest.raises(
        TaskDefinitionError, match="unknown option 'zzz'; an option of your own is declared in"
    ):
        scheduler.run(define(zzz=4)(1))


def test_unknown_exported_option(scheduler: Scheduler) -> None:
    with pytest.raises(
        TaskDefinitionError, match="export_options: unknown option 'vcpu'; did you mean 'vcpus'"
    ):
        scheduler.run(define(export_options={"vcpu": 4})(1))


@pytest.mark.parametrize("how", ["options", "export_options"])
def test_unknown_option_of_a_call_within_a_run(scheduler: Scheduler, how: str) -> None:
    checked = define()

    @task(namespace="checks", version="1")
    def main() -> Any:
        return getattr(checked, how)(chace=False)(1)

    with pytest.raises(TaskDefinitionError, match="unknown option 'chace'; did you mean 'cache'"):
        scheduler.run(main())


def test_unknown_option_of_a_call_before_any_run() -> None:
    from redun import get_task_registry

    registry = get_task_registry()
    known, registry.known_options = registry.known_options, None
    try:
        call = define().options(chace=False)(1)
        with Scheduler() as scheduler, pytest.raises(TaskDefinitionError, match="did you mean 'cache'"):
            scheduler.run(call)
    finally:
        registry.known_options = known


def test_a_project_declares_options_of_its_own(reopen: Reopen) -> None:
    checked = define(owner="ada", export_options={"team": "x"})
    with pytest.raises(TaskDefinitionError, match="unknown option 'owner'"):
        reopen().run(checked(1))
    assert reopen(task_options="owner, team").run(checked.options(team="y")(1)) == 1


def test_cache_and_cache_scope_contradict_each_other() -> None:
    with pytest.raises(TaskDefinitionError, match="give cache or cache_scope, not both"):
        define(cache=True, cache_scope="NONE")


def test_cached_results_that_are_allowed(reopen: Reopen) -> None:
    ran: list[int] = []

    @task(namespace="checks", version="1")
    def work(x: int) -> int:
        ran.append(x)
        return x

    for allowed in (["SINGLE"], {"SINGLE", "CSE"}, ["ULTIMATE"], ["CSE"]):
        assert reopen().run(work.options(allowed_cache_results=allowed)(1)) == 1
    assert ran == [1, 1, 1]
    shallow = work.options(check_valid="shallow", allowed_cache_results=["ULTIMATE"])
    assert reopen().run(shallow(1)) == 1
    assert ran == [1, 1, 1]
    with pytest.raises(
        TaskDefinitionError, match="allowed_cache_results must be members of CacheResult, not 'all'"
    ):
        work.options(allowed_cache_results=["all"])
