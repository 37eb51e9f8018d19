"""A submission whose answer is lost is not repeated."""

from __future__ import annotations

from typing import Any

import pytest
from services.chaos import chaos_proxy

WORKFLOW = """
    from redun.config import load_config
    from redun import Scheduler, task

    redun_namespace = "once"

    @task(executor="batch")
    def double(x):
        return 2 * x

    if __name__ == "__main__":
        print(Scheduler(load_config(".redun")).run([double(x) for x in range({count})]))
"""


@pytest.mark.parametrize("count", [1, 5])
def test_what_batch_has_taken_is_found(project: Any, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    project.write(WORKFLOW.format(count=count))
    with chaos_proxy(project.batch) as (proxy, seen):
        monkeypatch.setenv("AWS_ENDPOINT_URL", seen.url)
        proxy.reset(after=0, match="POST /v1/submitjob", times=1)
        assert project.run() == f"{[2 * x for x in range(count)]}\n"
    assert len(project.jobs()) == 1


def test_what_batch_has_not_taken_is_submitted_again(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write(WORKFLOW.format(count=1))
    with chaos_proxy(project.batch) as (proxy, seen):
        monkeypatch.setenv("AWS_ENDPOINT_URL", seen.url)
        proxy.reset(match="POST /v1/submitjob", times=2)
        assert project.run() == "[0]\n"
    assert len(project.jobs()) == 1
