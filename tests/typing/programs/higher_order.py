"""Special forms and higher-order tasks keep track of types."""

from __future__ import annotations

from typing import assert_type

from redun import catch, catch_all, cond, seq, task
from redun.functools import apply_func, const, delay, flat_map, flatten, force, identity, map_, starmap, zip_


@task()
def inc(x: int) -> int:
    return x + 1


@task()
def numbers(n: int) -> list[int]:
    return list(range(n))


@task()
def recover(error: ValueError) -> str:
    return str(error)


assert_type(cond(inc(1) > 2, inc(1)), int)
assert_type(cond(inc(1) > 2, inc(1), "no"), int | str)
assert_type(catch(inc(1), ValueError, recover), int | str)
assert_type(catch_all([inc(1)], ValueError, recover), list[int] | str)
assert_type(seq([inc(1), inc(2)]), list[int])
assert_type(map_(inc, numbers(3)), list[int])
assert_type(map_(numbers, map_(inc, [1])), list[list[int]])
assert_type(flat_map(numbers, [1]), list[int])
assert_type(flatten([numbers(1)]), list[int])
assert_type(starmap(inc, [{"x": 1}]), list[int])
assert_type(zip_(numbers(1), ["a"]), list[tuple[int, str]])
assert_type(identity(inc(1)), int)
assert_type(const(inc(1), "x"), int)
assert_type(force(delay(inc(1))), int)
assert_type(apply_func(len, "text"), int)

map_(inc, ["text"])  # refused
apply_func(len, 3)  # refused
starmap(inc, [1])  # refused
