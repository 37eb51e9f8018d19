"""Bodies that are told of the job that runs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redun import Scheduler, task
from redun.scheduler import JobInfo
from redun.task import hash_args_eval

Reopen = Callable[..., Scheduler]


def test_default_is_filled_in(scheduler: Scheduler) -> None:
    @task(namespace="info", version="1", memory=4)
    def report(x: int, *, info: JobInfo = JobInfo(), y: int = 2) -> JobInfo:
        return info

    identity = "0123456789abcdef" * 2
    info = scheduler.run(report(1), execution_id=identity)
    assert info.execution_id == identity
    assert info.job_id == f"{identity}.1"
    assert (info.eval_hash, info.args_hash) == hash_args_eval(None, report, (1,), {})
    assert info.options == {"memory": 4}


def test_is_no_part_of_the_key(reopen: Reopen) -> None:
    @task(namespace="info", version="1")
    def report(x: int, info: JobInfo = JobInfo()) -> str:
        return info.job_id

    first = reopen().run(report(1))
    assert reopen().run(report(1)) == first
    assert reopen().run(report(1, JobInfo())) == first
    assert reopen().run(report(1, info=JobInfo("a", "b"))) == first

    @task(namespace="info", name="report", version="1")
    def without(x: int) -> str:
        return ""

    # A pinned task that begins to ask for it keeps its results.
    assert reopen().run(without(1)) == first


def test_given_to_a_call_below_it_is_that_of_the_call(scheduler: Scheduler) -> None:
    @task(namespace="info", version="1")
    def below(info: JobInfo) -> str:
        return info.job_id

    @task(namespace="info", version="1")
    def above(info: JobInfo = JobInfo()) -> Any:
        return [info.job_id, below(info)]

    ids = scheduler.run(above())
    assert [text.partition(".")[2] for text in ids] == ["1", "2"]
