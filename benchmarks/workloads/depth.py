"""What recursion would break: long chains of calls, deeply nested values, a task that calls itself."""

from __future__ import annotations

from benchmarks.contestants import OURS, REDUN_044, Contestant
from benchmarks.measure import ProgramFailed, measure
from benchmarks.settings import Settings
from benchmarks.table import Row

__all__ = ["run"]

# Work, size for ours, what comes out of it for size n, size at which redun 0.44 is tried.
WORKS = (
    ("chain", 100_000, lambda n: n, 1_000),
    ("nesting", 10_000, lambda n: n, None),
    ("recursion", 10_000, lambda n: 0, 1_000),
)


def run(settings: Settings) -> list[Row]:
    """Measure ours, and see whether redun 0.44 can do a hundredth of it."""
    rows: list[Row] = []
    for work, size, expected, small in WORKS:
        if OURS in settings.contestants:
            rows.append(attempt(settings, OURS, work, settings.scaled(size), expected(settings.scaled(size))))
        if small and REDUN_044 in settings.contestants:
            rows.append(attempt(settings, REDUN_044, work, small, expected(small)))
    return rows


def attempt(settings: Settings, contestant: Contestant, work: str, size: int, expected: int) -> Row:
    """Return what a work cost per level, or that it could not be done."""
    settings.say(f"{work} of {size:,}, {contestant.name}")
    folder = settings.scratch(f"{work}-{contestant.environment.name}")
    goal = "works" if contestant is OURS else ""
    title = f"{work} {size:,} deep"
    try:
        cost = measure(contestant.command(work, size, folder), folder, timeout=900)
    except ProgramFailed as failure:
        met = False if contestant is OURS else None
        return Row(title, contestant.name, None, "", None, goal, met, note=f"fails: {str(failure)[:60]}")
    right = cost.facts["result"] == expected
    met = right if contestant is OURS else None
    note = f"{cost.cpu:.1f} s, {cost.peak / 1e6:,.0f} MB in all" + ("" if right else "; wrong result")
    return Row(title, contestant.name, cost.cpu / size * 1000, "ms", None, goal, met, note)
