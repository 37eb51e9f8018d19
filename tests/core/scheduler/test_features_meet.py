"""Reuse where several features meet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, catch, cond, get_context, task
from redun.scheduler import fork_thread, join_thread, subrun

from ..conftest import Witness

redun_namespace = "features_meet"

Reopen = Callable[[], Scheduler]


def test_a_change_deep_inside_of_a_subrun_is_seen(reopen: Reopen) -> None:
    def expression(step: int) -> Any:
        @task(name="deep", version=str(step))
        def deep() -> int:
            return step

        @task(name="middle", version="1")
        def middle() -> Any:
            return deep() + 10

        return subrun(middle(), executor="default")

    assert reopen().run(expression(1)) == 11
    assert reopen().run(expression(2)) == 12
    assert reopen().run(expression(1)) == 11


@task(version="1")
async def branching(x: int) -> Any:
    return cond(x > 0, "positive", "negative")


@task(version="1", check_valid="shallow", allowed_cache_results=["ULTIMATE"])
def whole_only(x: int) -> Any:
    return cond(x > 0, "positive", "negative")


@pytest.mark.parametrize("call", [branching(1), whole_only(1)])
def test_a_lazy_result_without_calls_is_reused_as_a_whole(
    reopen: Reopen, witness: Witness, call: Any
) -> None:
    assert reopen().run(call) == "positive"
    assert witness.ran() == 1
    assert reopen().run(call) == "positive"
    assert (witness.ran(), witness.cached()) == (0, 1)


@task(version="1")
def read_context() -> Any:
    return get_context("k")


@pytest.mark.parametrize("place", ["config", "config_dir"])
def test_the_context_that_a_subrun_is_configured_with_is_part_of_its_key(
    reopen: Reopen, tmp_path: Path, place: str
) -> None:
    def expression(k: int) -> Any:
        if place == "config":
            given: Any = {"scheduler": {"context": f'{{"k": {k}}}'}}
        else:
            given = str(tmp_path)
            (tmp_path / "redun.ini").write_text(f'[scheduler]\ncontext = {{"k": {k}}}\n')
        return subrun(read_context(), executor="default", **{place: given})

    assert [reopen().run(expression(k)) for k in (1, 2, 1)] == [1, 2, 1]


def test_a_thread_may_begin_with_a_call_whose_context_is_lazy(scheduler: Scheduler) -> None:
    @task(name="forking", version="1")
    def forking() -> Any:
        return join_thread(fork_thread(read_context.update_context({"k": get_context("j")})()))

    assert scheduler.run(forking(), context={"j": 5}) == 5


LUCK = {"good": False}


@task(version="1")
def lucky() -> str:
    if not LUCK["good"]:
        raise ConnectionError("bad luck")
    return "fine"


@task(version="1")
def slow_at_first() -> str:
    if not LUCK["good"]:
        time.sleep(1)
    return "fine"


@task(version="1")
def instead(error: Exception) -> str:
    return "recovered"


@task(version="1", check_valid="shallow")
def caught() -> Any:
    return catch(lucky(), ConnectionError, instead)


@task(version="1", check_valid="shallow")
def caught_below() -> Any:
    return caught.options(check_valid="full")()


@task(version="1", check_valid="shallow")
def caught_inside() -> Any:
    return subrun(caught(), executor="default")


@task(version="1")
async def tried() -> Any:
    try:
        return await lucky()
    except ConnectionError:
        return "recovered"


@task(version="1")
async def tried_in_time() -> Any:
    try:
        return await asyncio.wait_for(slow_at_first(), 0.2)
    except TimeoutError:
        return "recovered"


@pytest.mark.parametrize("call", [caught, caught_below, caught_inside, tried, tried_in_time], ids=str)
def test_no_recovery_outlives_bad_luck(reopen: Reopen, witness: Witness, call: Any) -> None:
    LUCK["good"] = False
    assert reopen().run(call()) == "recovered"
    LUCK["good"] = True
    assert reopen().run(call()) == "fine"
    assert reopen().run(call()) == "fine"
    assert witness.ran() == 0
