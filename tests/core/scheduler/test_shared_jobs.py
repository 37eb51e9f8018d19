"""Equal calls share a job: what their callers know of it, and what must not be shared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from redun import Scheduler, catch, task
from redun.errors import SchedulerError

Reopen = Callable[[], Scheduler]


@task(namespace="shared", version="1")
def recover(error: Exception) -> str:
    return "recovered"


def failing(version: str) -> Any:
    @task(namespace="shared", version=version)
    def flaky(x: int) -> int:
        if version == "1":
            raise ValueError("bad")
        return x

    @task(namespace="shared", version="1", check_valid="shallow")
    def first(x: int) -> Any:
        return catch(flaky(x), ValueError, recover)

    @task(namespace="shared", version="1", check_valid="shallow")
    def second(x: int) -> Any:
        return catch(flaky(x), ValueError, recover)

    return [first(1), second(1)]


def test_every_caller_of_a_shared_failure_depends_on_its_code(reopen: Reopen) -> None:
    assert reopen().run(failing("1")) == ["recovered", "recovered"]
    assert reopen().run(failing("2")) == [1, 1]


def sharing_an_object(version: str) -> Any:
    @task(namespace="shared", version=version)
    def leaf() -> str:
        return version

    @task(namespace="shared", version="1")
    def pair(x: Any, y: Any) -> Any:
        return [x, y]

    lazy = pair.partial(leaf())

    @task(namespace="shared", version="1", check_valid="shallow")
    def first(make: Any) -> Any:
        return make(1)

    @task(namespace="shared", version="1", check_valid="shallow")
    def second(make: Any) -> Any:
        return make(2)

    return [first(lazy), second(lazy)]


def test_every_caller_of_a_shared_expression_depends_on_its_code(reopen: Reopen) -> None:
    assert reopen().run(sharing_an_object("1")) == [["1", 1], ["1", 2]]
    assert reopen().run(sharing_an_object("2")) == [["2", 1], ["2", 2]]


@task(namespace="shared", version="1")
def large(size: int) -> bytes:
    return bytes(size)


@task(namespace="shared", version="1")
def length(data: bytes, salt: int) -> int:
    return len(data)


@task(namespace="shared", version="1")
def again(salt: int) -> Any:
    return length(large(2_000_000), salt)


@pytest.mark.parametrize("cache", [True, False])
def test_a_large_result_that_was_let_go_is_not_made_again(reopen: Reopen, witness: Any, cache: bool) -> None:
    assert reopen().run(again(length(large(2_000_000), 0)), cache=cache) == 2_000_000
    assert witness.ran("shared.large") == 1


@task(namespace="shared", version="1")
def forever(x: int) -> Any:
    return through(x)


@task(namespace="shared", version="1")
def through(x: int) -> Any:
    return [forever(x)]


def test_a_call_that_waits_for_itself_fails(scheduler: Scheduler, witness: Any) -> None:
    with pytest.raises(SchedulerError, match=r"shared\.forever → shared\.through → shared\.forever"):
        scheduler.run([forever(1), length(b"", 0)])
    assert witness.failed("shared.forever") == 1
    assert scheduler.run(catch(forever(1), SchedulerError, recover)) == "recovered"
