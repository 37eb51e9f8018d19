"""A large array handed from task to task: copies in memory, bytes hashed, bytes in the database."""

from __future__ import annotations

from benchmarks import record
from benchmarks.contestants import OURS, PROGRAMS, REDUN_044, Contestant
from benchmarks.measure import Cost, ProgramFailed, measure
from benchmarks.settings import Settings
from benchmarks.table import Row

__all__ = ["run"]

MEGABYTES = 200
# The array is the result of one task and of the five that it passes through.
BOUNDARIES = 6


def run(settings: Settings) -> list[Row]:
    """Measure ours and redun 0.44."""
    megabytes = settings.scaled(MEGABYTES)
    work = f"{megabytes} MB array through 5 tasks"
    rows: list[Row] = []
    ours: float | None = None
    for contestant in (OURS, REDUN_044):
        if contestant not in settings.contestants:
            continue
        settings.say(f"{work}, {contestant.name}")
        try:
            base, cost, stored = run_array(settings, contestant, megabytes)
        except ProgramFailed as failure:
            rows.append(Row(work, contestant.name, None, "", note=f"fails: {str(failure)[:60]}"))
            continue
        copies = (cost.peak - base.peak) / (megabytes * 1e6) - 1
        seconds = cost.cpu - base.cpu
        is_ours = contestant is OURS
        ours = seconds if is_ours else ours
        ratio = None if ours is None else seconds / ours
        rows.append(Row(work, f"{contestant.name}, CPU", seconds, "s", ratio))
        copy_goal = ("≤ 1", copies <= 1.05) if is_ours else ("", None)
        rows.append(
            Row(work, f"{contestant.name}, extra copies in memory", max(copies, 0), "", None, *copy_goal)
        )
        store_goal = ("no copy", stored < megabytes * 1e5) if is_ours else ("", None)
        rows.append(Row(work, f"{contestant.name}, in the database", stored / 1e6, "MB", None, *store_goal))
        if is_ours:
            hashed = count_hashed(settings, megabytes)
            rows.append(
                Row(
                    work,
                    f"{contestant.name}, times hashed",
                    hashed,
                    "",
                    None,
                    f"≤ {BOUNDARIES}",
                    hashed <= BOUNDARIES + 0.01,
                )
            )
    return rows


def run_array(settings: Settings, contestant: Contestant, megabytes: int) -> tuple[Cost, Cost, int]:
    """Return the costs without and with the array, and the size of the database with it."""
    costs = []
    # Numpy loads and everything is paid but the array itself.
    for size in (0, megabytes):
        folder = settings.scratch(f"array-{contestant.environment.name}")
        cost = measure(contestant.command("array", size, folder), folder)
        if cost.facts["result"] != size * 1_000_000:
            raise AssertionError(f"{contestant.name} passed on {cost.facts['result']} bytes")
        costs.append(cost)
    return costs[0], costs[1], record.database_bytes(folder)


def count_hashed(settings: Settings, megabytes: int) -> float:
    """Return how many times ours hashes each byte, from a run in which the hash function counts."""
    folder = settings.scratch("array-hashed")
    program = PROGRAMS / "count_hashed.py"
    cost = measure(
        [OURS.tool("python"), program, PROGRAMS / OURS.program, "array", str(megabytes), folder], folder
    )
    return int(cost.facts["hashed"]) / (megabytes * 1e6)
