"""What type checkers make of decorators around tasks, and of scheduler tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, assert_type

from redun import Task, scheduler_task, task, wraps_task
from redun.promise import Promise


@wraps_task()
def logged(inner: Task[..., Any]) -> Callable[..., Any]:
    def body(*args: Any, **kwargs: Any) -> Any:
        return inner(*args, **kwargs)

    return body


@wraps_task(use_wrapper_signature=True)
def counted(inner: Task[..., Any]) -> Callable[[int], str]:
    def body(times: int) -> str:
        return str([inner(i) for i in range(times)])

    return body


@logged
@task()
def add(x: int, y: int = 1) -> int:
    return x + y


@counted
@task()
def twice(x: int) -> int:
    return 2 * x


@scheduler_task()
def fallback(scheduler: Any, parent_job: Any, sexpr: Any, expr: int, instead: int = 0) -> Promise[int]:
    promise: Promise[int] = scheduler.evaluate(expr)
    return promise


assert_type(add(1, y=2), int)
assert_type(add.options(memory=4)(1), int)
assert_type(twice(3), str)
number: int = fallback(add(1), instead=2)

add("a")  # refused
add(1, z=2)  # refused
twice("a")  # refused
fallback()  # refused
fallback("a")  # refused
