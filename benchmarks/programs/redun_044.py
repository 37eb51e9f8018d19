"""The workloads on redun 0.44: `python redun_044.py WORK SIZE FOLDER [DATABASE]`.

The record is a file in the folder unless a database is named.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from redun import Scheduler, task
from redun.config import Config

redun_namespace = "bench"


@task()
def inc(x: int) -> int:
    return x + 1


@task()
def fan_out(size: int) -> list[int]:
    return [inc(i) for i in range(size)]


@task()
def count_down(n: int) -> int:
    return n if n == 0 else count_down(n - 1)


@task()
def make_array(megabytes: int) -> Any:
    import numpy

    return numpy.arange(megabytes * 125_000, dtype="float64")


@task()
def pass_on(array: Any, step: int) -> Any:
    return array


@task()
def measure_array(array: Any) -> int:
    return int(array.nbytes)


def expression(work: str, size: int) -> Any:
    """Return the call that the workload evaluates."""
    value: Any
    if work == "fan-out":
        return fan_out(size)
    if work == "recursion":
        return count_down(size)
    if work == "chain":
        value = 0
        for _ in range(size):
            value = inc(value)
        return value
    if work == "array":
        value = make_array(size)
        for step in range(5):
            value = pass_on(value, step)
        return measure_array(value)
    raise SystemExit(f"no workload {work}")


if __name__ == "__main__":
    work, size, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    logging.disable(logging.CRITICAL)
    database = sys.argv[4] if len(sys.argv) > 4 else f"sqlite:///{folder}/redun.db"
    scheduler = Scheduler(config=Config({"backend": {"db_uri": database, "automigrate": "true"}}))
    scheduler.load()
    result = scheduler.run(expression(work, size))
    print(json.dumps({"result": sum(result) if isinstance(result, list) else result}))
