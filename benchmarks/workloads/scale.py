"""How cost grows with size: CPU, memory and database per job, up to a million jobs."""

from __future__ import annotations

from benchmarks import record
from benchmarks.contestants import OURS
from benchmarks.measure import Cost, measure
from benchmarks.settings import Settings
from benchmarks.table import Row

__all__ = ["run"]

SIZES = (1_000, 10_000, 100_000, 1_000_000)
GROWTH = 1.3
MEMORY, DATABASE = 2_500, 900


def run(settings: Settings) -> list[Row]:
    """Measure ours; the smallest size only supplies the start-up that is taken off the others."""
    if OURS not in settings.contestants:
        return []
    sizes = list(map(settings.scaled, SIZES))
    folders = {size: settings.scratch(f"scale-{size}") for size in sizes}
    costs: dict[int, Cost] = {}
    for size in sizes:
        settings.say(f"fan-out of {size:,}, {OURS.name}")
        costs[size] = measure(OURS.command("fan-out", size, folders[size]), folders[size])
    base, *rest = sizes
    rows: list[Row] = []
    cpu = {size: (costs[size].cpu - costs[base].cpu) / (size - base) * 1000 for size in rest}
    for size in rest:
        work = f"{size:,} jobs"
        growth = cpu[size] / cpu[rest[0]]
        memory = (costs[size].peak - costs[base].peak) / (size - base)
        stored = record.database_bytes(folders[size]) / size
        if size == rest[0]:
            # The yardstick; so few jobs say more about fixed costs than about their own.
            rows.append(Row(work, "CPU per job", cpu[size], "ms", growth))
            rows.append(Row(work, "memory per job", memory, "bytes"))
            rows.append(Row(work, "database per job", stored, "bytes"))
            continue
        goal = f"≤ {GROWTH} × that of {rest[0]:,}"
        rows.append(Row(work, "CPU per job", cpu[size], "ms", growth, goal, growth <= GROWTH))
        rows.append(Row(work, "memory per job", memory, "bytes", None, f"≤ {MEMORY:,}", memory <= MEMORY))
        rows.append(Row(work, "database per job", stored, "bytes", None, f"≤ {DATABASE}", stored <= DATABASE))
    return rows
