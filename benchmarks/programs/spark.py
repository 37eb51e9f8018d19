"""Measures redun on a session of Spark that is warm, and Spark alone beside it, called as `spark.py WORK SIZE FOLDER`.

`trivial`: what a call on Spark's workers costs in CPU time of all processes. `busy`: how fast calls that compute come
through. `driver`: how much longer than its query a call takes that drives the session.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from redun import Scheduler, task
from redun.config import Config
from redun_executor_spark import get_spark_context, get_spark_session

redun_namespace = "benchmarks"

CONF = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
REPEATS = 5


@task(executor="spark", mode="worker")
def inc(x: int) -> int:
    return x + 1


@task
def fan_out(first: int, size: int) -> list[int]:
    return [inc(first + number) for number in range(size)]


def compute(x: int) -> int:
    total = x
    for number in range(200_000):
        total = (total * 31 + number) % 1_000_003
    return total


@task(executor="spark", mode="worker")
def computed(x: int) -> int:
    return compute(x)


@task
def busy(first: int, size: int) -> list[int]:
    return [computed(first + number) for number in range(size)]


@task(executor="spark", cache=False)
def rows() -> int:
    return get_spark_session().range(10).count()


@task(executor="spark", cache=False)
def rows_alone(times: int) -> list[float]:
    return [seconds(lambda: get_spark_session().range(10).count()) for _ in range(times)]


@task(executor="spark", cache=False)
def busy_alone(first: int, size: int) -> float:
    context = get_spark_context()
    numbers = context.parallelize(range(first, first + size), context.defaultParallelism)
    return seconds(lambda: numbers.map(compute).collect())


def seconds(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def cpu_of_tree() -> float:
    """Return the seconds of CPU time of this process and all below it, those that have ended included."""
    stats = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        stats[int(folder.name)] = int(fields[1]), sum(map(int, fields[11:15]))
    found, total = [os.getpid()], 0
    while found:
        pid = found.pop()
        total += stats[pid][1]
        found += [child for child, (parent, _) in stats.items() if parent == pid]
    return total / os.sysconf("SC_CLK_TCK")


def trivial_cost(scheduler: Scheduler, size: int) -> dict[str, Any]:
    costs = []
    for repeat in range(1, REPEATS + 1):
        before = cpu_of_tree()
        result = scheduler.run(fan_out(repeat * size, size))
        costs.append((cpu_of_tree() - before) / size)
        assert result == [repeat * size + number + 1 for number in range(size)]
    return {"cpu_s": median(costs)}


def throughput(scheduler: Scheduler, size: int) -> dict[str, Any]:
    shares = []
    # One after the other, so that whatever else the machine does meets both.
    for repeat in range(1, REPEATS + 1):
        alone = scheduler.run(busy_alone(repeat * size, size))
        shares.append(alone / seconds(lambda first=repeat * size: scheduler.run(busy(first, size))))
    return {"share": median(shares)}


def overhead(scheduler: Scheduler, size: int) -> dict[str, Any]:
    alone = median(scheduler.run(rows_alone(size)))
    return {"added_s": median([seconds(lambda: scheduler.run(rows())) for _ in range(size)]) - alone}


MEASURES = {"trivial": trivial_cost, "busy": throughput, "driver": overhead}

if __name__ == "__main__":
    work, size, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    section = {"type": "spark", "master": "local[2]", "keep_session": "true", "spark_conf": json.dumps(CONF)}
    settings = {
        "backend": {"db_uri": "sqlite:///redun.db", "automigrate": "true"},
        "executors.spark": section,
    }
    with Scheduler(Config(settings, configdir=folder)) as scheduler:
        # The session is warm, its workers have started, and how long calls take is known.
        scheduler.run([fan_out(-2000, 2000), busy(-20, 20), rows()])
        print(json.dumps(MEASURES[work](scheduler, size)))
