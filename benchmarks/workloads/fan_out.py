"""Many trivial tasks: recorded for the first time, replayed by a new process, and with the code of one call changed.

What a task costs is the slope between two sizes, so that start-up does not count.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import median

from benchmarks import record
from benchmarks.contestants import FLOOR, OURS, Contestant
from benchmarks.measure import Cost, measure
from benchmarks.settings import Settings
from benchmarks.table import Row

__all__ = ["run"]

COLD, WARM, CHANGE = "fan-out, recorded", "fan-out, replayed", "one change in 10,000"
# Milliseconds of CPU per job that ours may take, and how many times more the others must.
LIMITS = {COLD: 0.25, WARM: 0.10}
TIMES_MORE = {(COLD, "redun 0.44"): 100, (WARM, "redun 0.44"): 150}
BEATEN = {(COLD, "joblib.Memory"), (COLD, "dask.delayed"), (WARM, "joblib.Memory")}
FLOORS = 3


def run(settings: Settings) -> list[Row]:
    """Measure every contestant."""
    milliseconds: dict[tuple[str, Contestant], float] = {}
    rows: list[Row] = []
    for contestant in settings.contestants:
        for phase, slope in slopes(contestant, settings).items():
            milliseconds[phase, contestant] = slope * 1000
    for phase in (COLD, WARM):
        ours = milliseconds.get((phase, OURS))
        for contestant in settings.contestants:
            if (value := milliseconds.get((phase, contestant))) is not None:
                rows.append(judge(phase, contestant, value, ours))
    if OURS in settings.contestants:
        rows.append(change(settings))
    return rows


def slopes(contestant: Contestant, settings: Settings) -> dict[str, float]:
    """Return the CPU seconds per task of each phase."""
    small, large = map(settings.scaled, contestant.sizes)
    seconds: dict[tuple[str, int], list[float]] = defaultdict(list)
    for repeat in range(settings.repeats):
        for size in (small, large):
            settings.say(f"fan-out of {size:,}, {contestant.name}, {repeat + 1} of {settings.repeats}")
            folder = settings.scratch(f"fan-out-{contestant.environment.name}")
            prepare(contestant, folder, settings)
            seconds[COLD, size].append(checked(contestant, size, folder).cpu)
            if contestant.records:
                seconds[WARM, size].append(checked(contestant, size, folder).cpu)
    return {
        phase: (median(seconds[phase, large]) - median(seconds[phase, small])) / (large - small)
        for phase in (COLD, WARM)
        if (phase, large) in seconds
    }


def prepare(contestant: Contestant, folder: Path, settings: Settings) -> None:
    """Give the floor program the tables that it has to fill: those of redun."""
    if contestant is FLOOR:
        model = settings.scratch("model")
        measure(OURS.command("fan-out", 2, model), model)
        (folder / "schema.sql").write_text(record.schema(model))


def checked(contestant: Contestant, size: int, folder: Path) -> Cost:
    """Measure a run whose result is right."""
    cost = measure(contestant.command("fan-out", size, folder), folder)
    if cost.facts["result"] != size * (size + 1) // 2:
        raise AssertionError(f"{contestant.name} computed {cost.facts['result']} for a fan-out of {size}")
    return cost


def judge(phase: str, contestant: Contestant, value: float, ours: float | None) -> Row:
    """Return the row of a contestant with its goal."""
    ratio = None if ours is None else value / ours
    row = (phase, contestant.name, value, "ms", ratio)
    if contestant is OURS:
        return Row(*row, goal=f"≤ {LIMITS[phase]} ms", met=value <= LIMITS[phase])
    if ratio is None:
        return Row(*row)
    if contestant is FLOOR and phase == COLD:
        return Row(*row, goal=f"ours ≤ {FLOORS} × this", met=ratio * FLOORS >= 1)
    if times := TIMES_MORE.get((phase, contestant.name)):
        return Row(*row, goal=f"≥ {times} × ours", met=ratio >= times)
    if (phase, contestant.name) in BEATEN:
        return Row(*row, goal="> ours", met=ratio > 1)
    return Row(*row)


def change(settings: Settings) -> Row:
    """Replay a fan-out whose last call has got new code: it runs, and nothing else."""
    size = settings.scaled(OURS.sizes[1])
    costs = []
    for repeat in range(settings.repeats):
        settings.say(f"one change in {size:,}, {repeat + 1} of {settings.repeats}")
        folder = settings.scratch("change")
        checked(OURS, size, folder)
        replay = checked(OURS, size, folder)
        costs.append((measure(OURS.command("change", size, folder), folder).cpu, replay.cpu))
    ran = record.jobs_run(folder)
    seconds, replayed = median(cpu for cpu, _ in costs), median(cpu for _, cpu in costs)
    return Row(
        CHANGE,
        OURS.name,
        seconds * 1000 / size,
        "ms",
        seconds / replayed,
        goal="as replayed, 1 job run",
        met=ran == {"last_inc": 1} and seconds <= 1.25 * replayed,
        note=f"start-up included; ran {describe(ran)}; replaying all takes {replayed * 1000 / size:.3g} ms",
    )


def describe(counts: dict[str, int]) -> str:
    """Return counts in words."""
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "nothing"
