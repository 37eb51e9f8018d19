"""Many trivial tasks in worker processes: what a task costs the scheduler and the workers together.

It is the slope between two sizes, so that starting processes does not count.
"""

from __future__ import annotations

from statistics import median

from benchmarks.contestants import OURS
from benchmarks.measure import Cost, measure
from benchmarks.settings import Settings
from benchmarks.table import Row

__all__ = ["run"]

WORK = "fan-out to processes"
LIMIT = 0.6
"""Milliseconds of CPU that a task may take."""


def run(settings: Settings) -> list[Row]:
    """Measure ours."""
    if OURS not in settings.contestants:
        return []
    small, large = map(settings.scaled, OURS.sizes)
    slopes = []
    for repeat in range(settings.repeats):
        settings.say(f"{WORK}, {repeat + 1} of {settings.repeats}")
        slopes.append((cost(settings, large).cpu - cost(settings, small).cpu) / (large - small))
    value = median(slopes) * 1000
    return [Row(WORK, OURS.name, value, "ms", 1.0, goal=f"≤ {LIMIT} ms", met=value <= LIMIT)]


def cost(settings: Settings, size: int) -> Cost:
    """Measure a run whose result is right."""
    folder = settings.scratch("processes")
    found = measure(OURS.command("processes", size, folder), folder)
    if found.facts["result"] != size * (size + 1) // 2:
        raise AssertionError(f"{OURS.name} computed {found.facts['result']} for a fan-out of {size}")
    return found
