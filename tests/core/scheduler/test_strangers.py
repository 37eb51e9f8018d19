"""Code of others that fails: executors, and classes of values."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from redun import Scheduler, catch, task
from redun.errors import UnhashableValueError
from redun.executors.base import Inbox, Work
from redun.value import Value

Reopen = Callable[[], Scheduler]


class Refusing:
    name = "refusing"

    def start(self, inbox: Inbox) -> None: ...

    def submit(self, works: Sequence[Work]) -> None:
        raise OSError("the queue is gone")

    def cancel(self) -> None: ...

    def stop(self, *, wait: bool = True) -> None: ...


@task(namespace="strangers", version="1", executor="refusing")
def remote(x: int) -> int:
    return x


@task(namespace="strangers", version="1")
def here(x: Any) -> Any:
    return x


@task(namespace="strangers", version="1")
def recover(error: Exception) -> str:
    return str(error)


def test_an_executor_that_refuses_fails_the_calls_that_it_was_given(witness: Any) -> None:
    with Scheduler(executors={"refusing": Refusing()}, observers=[witness]) as scheduler:
        assert scheduler.run([catch(remote(1), OSError, recover), here(2)]) == ["the queue is gone", 2]
        with pytest.raises(OSError, match="queue"):
            scheduler.run([remote(2), here(3)])
        assert witness.failed("strangers.remote") == 2
        assert witness.failed("redun.root_task") == 1


class Moody(Value):
    def __init__(self, x: int) -> None:
        self.x = x

    def is_valid(self) -> bool:
        raise RuntimeError("do not ask")


@task(namespace="strangers", version="1")
def moody(x: int) -> Any:
    return Moody(x)


def test_a_value_that_cannot_be_judged_is_made_again(reopen: Reopen, witness: Any) -> None:
    for _ in range(2):
        assert reopen().run(moody(1)).x == 1
        assert witness.ran("strangers.moody") == 1


def test_a_task_that_cannot_be_hashed_spoils_no_other_one(reopen: Reopen, witness: Any) -> None:
    @task(namespace="strangers", hash_includes=[threading.Lock()])
    def unhashable(x: int) -> int:
        return x

    @task(namespace="strangers", version="1", check_valid="shallow")
    def whole(x: int) -> Any:
        return here(x)

    try:
        with pytest.raises(UnhashableValueError, match=r"Task strangers\.unhashable, hash_includes: value"):
            reopen().run(unhashable(1))
        assert [reopen().run(whole(1)) for _ in range(2)] == [1, 1]
        assert (witness.ran(), witness.cached()) == (0, 1)
    finally:

        @task(namespace="strangers", name="unhashable", version="1")
        def hashable(x: int) -> int:
            return x
