"""What type checkers make of functions of tasks."""

from __future__ import annotations

from typing import assert_type

from redun import PartialTask, task
from redun.functools import (
    apply_func,
    as_task,
    compose,
    const,
    delay,
    flat_map,
    flatten,
    force,
    identity,
    map_,
    no_prov,
    starmap,
    zip_,
)


@task()
def inc(x: int) -> int:
    return x + 1


@task()
def text(x: int, prefix: str = "") -> str:
    return f"{prefix}{x}"


@task()
def twice(x: int) -> list[int]:
    return [x, x]


assert_type(map_(inc, [1, 2]), list[int])
assert_type(map_(text, map_(inc, [inc(1)])), list[str])
assert_type(starmap(text, [{"x": 1}]), list[str])
assert_type(flat_map(twice, [1, 2]), list[int])
assert_type(flatten([[1], twice(2)]), list[int])
assert_type(zip_([1], ["a"]), list[tuple[int, str]])
assert_type(zip_([1], ["a"], [None]), list[tuple[int, str, None]])
assert_type(compose(text, inc)(1), str)
assert_type(compose(text, inc, inc)(1), str)
assert_type(compose(text, inc, inc, inc, inc)(1), str)
assert_type(compose(*[inc, inc])(1), int)
assert_type(identity(inc(1)), int)
assert_type(const(inc(1), text(1)), int)
assert_type(force(delay(inc(1))), int)
assert_type(apply_func(len, "abc"), int)
assert_type(as_task(len)("abc"), int)
assert_type(no_prov(twice(1)), list[int])

bound: PartialTask[str] = text.partial(prefix="n")
assert_type(map_(bound, [1, 2]), list[str])
assert_type(text.options(memory=4).partial(1)(), str)

map_(inc, ["a"])  # refused
map_(inc, 1)  # refused
map_(3, [1])  # refused
starmap(text, [1])  # refused
flat_map(inc, [1])  # refused
compose(inc, text)  # refused
apply_func(len, 3)  # refused
force(3)  # refused
wrong: list[str] = map_(inc, [1])  # refused
