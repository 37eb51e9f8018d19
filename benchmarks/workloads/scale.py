"""How cost grows with size: CPU, memory and database per job, up to a million jobs."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from benchmarks import record
from benchmarks.contestants import OURS
from benchmarks.measure import measure
from benchmarks.settings import Settings
from benchmarks.table import Row

__all__ = ["run"]

SIZES = (1_000, 10_000, 100_000, 1_000_000)
GROWTH = 1.3
MEMORY, DATABASE = 2_500, 900


@dataclass(frozen=True)
class Usage:
    """What a fan-out took: CPU seconds, bytes of memory, bytes of database."""

    cpu: float
    memory: float
    database: int


def run(settings: Settings) -> list[Row]:
    """Measure ours; the smallest size only supplies the start-up that is taken off the others."""
    if OURS not in settings.contestants:
        return []
    sizes = list(dict.fromkeys(map(settings.scaled, SIZES)))
    usage = {size: use(size, settings) for size in sizes}
    base, least, *more = sizes
    per_job = {size: above(usage[base], usage[size], base, size) for size in (least, *more)}
    rows: list[Row] = []
    for size, (cpu, memory, database) in per_job.items():
        work = f"{size:,} jobs"
        growth = cpu / per_job[least][0]
        if size == least:
            # The yardstick; so few jobs say more about fixed costs than about their own.
            goals: list[tuple[str, bool | None]] = [("", None)] * 3
        else:
            goals = [
                (f"≤ {GROWTH} × that of {least:,}", growth <= GROWTH),
                (f"≤ {MEMORY:,}", memory <= MEMORY),
                (f"≤ {DATABASE}", database <= DATABASE),
            ]
        rows.append(Row(work, "CPU per job", cpu, "ms", growth, *goals[0]))
        rows.append(Row(work, "memory per job", memory, "bytes", None, *goals[1]))
        rows.append(Row(work, "database per job", database, "bytes", None, *goals[2]))
    return rows


def use(size: int, settings: Settings) -> Usage:
    """Measure a size; the small ones, where a little noise means much, several times."""
    costs = []
    for repeat in range(settings.repeats if size <= SIZES[1] else 1):
        settings.say(f"fan-out of {size:,}, {OURS.name}, {repeat + 1}")
        folder = settings.scratch(f"scale-{size}")
        costs.append(measure(OURS.command("fan-out", size, folder), folder))
    cpu, peak = median(cost.cpu for cost in costs), median(cost.peak for cost in costs)
    return Usage(cpu, peak, record.database_bytes(folder))


def above(base: Usage, usage: Usage, base_size: int, size: int) -> tuple[float, float, float]:
    """Return milliseconds and bytes per job beyond the base, and the bytes of the database per job."""
    jobs = size - base_size
    return (usage.cpu - base.cpu) / jobs * 1000, (usage.memory - base.memory) / jobs, usage.database / size
