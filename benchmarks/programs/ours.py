"""The workloads on this repository's redun: `python ours.py WORK SIZE FOLDER [DATABASE]`.

The record is a file in the folder unless a database is named.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from redun import Scheduler, namespace, task
from redun.config import Config

namespace("bench")


@task
def inc(x: int) -> int:
    return x + 1


# The workload "change" is a fan-out whose last call has got new code.
@task(version="2" if "change" in sys.argv else "1")
def last_inc(x: int) -> int:
    return x + 1


@task
def fan_out(size: int) -> list[int]:
    return [*(inc(i) for i in range(size - 1)), last_inc(size - 1)]


@task(executor="process")
def inc_elsewhere(x: int) -> int:
    return x + 1


@task
def fan_out_elsewhere(size: int) -> list[int]:
    return [inc_elsewhere(i) for i in range(size)]


@task
def count_down(n: int) -> int:
    return n if n == 0 else count_down(n - 1)


@task
def give(x: Any) -> Any:
    return x


@task
def make_array(megabytes: int) -> Any:
    import numpy

    return numpy.arange(megabytes * 125_000, dtype="float64")


@task(check_valid="shallow")
def pass_on(array: Any, step: int) -> Any:
    return array


@task
def measure_array(array: Any) -> int:
    return int(array.nbytes)


def chain(size: int) -> Any:
    """Return a call whose argument is a call, `size` times over."""
    value: Any = 0
    for _ in range(size):
        value = inc(value)
    return value


def nest(size: int) -> Any:
    """Return a call on a list in a list, `size` deep, around a call."""
    value: Any = inc(0)
    for _ in range(size):
        value = [value]
    return give(value)


def depth(value: Any) -> int:
    """Count the lists around a value."""
    count = 0
    while isinstance(value, list):
        count, value = count + 1, value[0]
    return count


def thread_through(megabytes: int) -> Any:
    """Return a call that sees a large array after five others did."""
    value = make_array(megabytes)
    for step in range(5):
        value = pass_on(value, step)
    return measure_array(value)


def expression(work: str, size: int) -> Any:
    """Return the call that the workload evaluates."""
    if work in ("fan-out", "change"):
        return fan_out(size)
    if work == "processes":
        return fan_out_elsewhere(size)
    if work == "recursion":
        return count_down(size)
    made = {"chain": chain, "nesting": nest, "array": thread_through}
    return made[work](size)


def total(result: Any) -> int:
    """Return a number that tells a right result from a wrong one."""
    if isinstance(result, int):
        return result
    return sum(result) if isinstance(result[0], int) else depth(result)


if __name__ == "__main__":
    work, size, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    database = sys.argv[4] if len(sys.argv) > 4 else "sqlite:///redun.db"
    config = Config({"backend": {"db_uri": database, "automigrate": "true"}}, configdir=folder)
    with Scheduler(config) as scheduler:
        result = total(scheduler.run(expression(work, size)))
    print(json.dumps({"result": result}))
