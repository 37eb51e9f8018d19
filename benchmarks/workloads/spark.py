"""A warm session of Spark: what a trivial call on its workers costs in CPU time of all processes, how fast calls that
compute come through beside `rdd.map` of the same function, and what a call that drives the session adds to its query.
"""

from __future__ import annotations

from typing import Any

from benchmarks.contestants import OURS, SPARK, provide
from benchmarks.measure import measure
from benchmarks.settings import Settings
from benchmarks.table import Row

__all__ = ["run"]

TASKS, BUSY, QUERIES = 10_000, 1_600, 50
LIMIT_MS, SHARE, ADDED_S = 1.5, 0.9, 0.3


def run(settings: Settings) -> list[Row]:
    """Measure ours."""
    if OURS not in settings.contestants:
        return []
    provide([SPARK])
    cpu = facts(settings, "trivial", TASKS)["cpu_s"] * 1000
    share = facts(settings, "busy", BUSY)["share"]
    added = facts(settings, "driver", QUERIES)["added_s"]
    return [
        Row(
            "Spark: a trivial call on workers", OURS.name, cpu, "ms", 1.0, f"≤ {LIMIT_MS} ms", cpu <= LIMIT_MS
        ),
        Row("Spark: calls that compute", OURS.name, share, "× rdd.map", 1.0, f"≥ {SHARE}", share >= SHARE),
        Row("Spark: a driver, warm", OURS.name, added, "s", 1.0, f"≤ {ADDED_S} s", added <= ADDED_S),
    ]


def facts(settings: Settings, work: str, size: int) -> dict[str, Any]:
    """Return what the program found."""
    settings.say(f"Spark, {work}")
    folder = settings.scratch(f"spark-{work}")
    return measure(SPARK.command(work, settings.scaled(size), folder), folder).facts
