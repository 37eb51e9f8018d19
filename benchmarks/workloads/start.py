"""What starting costs: the help of the command, and a workflow of one trivial task."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from benchmarks.contestants import OURS, REDUN_044, Contestant
from benchmarks.measure import measure
from benchmarks.settings import Settings
from benchmarks.table import Row

__all__ = ["run"]

WORKFLOW = """\
from redun import task

redun_namespace = "bench"

@task()
def one() -> int:
    return 1
"""
# Command and the CPU seconds that ours may take.
COMMANDS = ((("--help",), 0.25), (("run", "one.py", "one"), 0.6))
RUNS = 5


def run(settings: Settings) -> list[Row]:
    """Measure ours, redun 0.44 and the bare interpreter."""
    rows: list[Row] = []
    for arguments, limit in COMMANDS:
        title = f"redun {' '.join(arguments)}"
        ours: float | None = None
        for contestant in (OURS, REDUN_044):
            if contestant not in settings.contestants:
                continue
            settings.say(f"{title}, {contestant.name}")
            seconds = start(settings, contestant, [contestant.tool("redun"), *arguments])
            ours = seconds if contestant is OURS else ours
            ratio = None if ours is None else seconds / ours
            goal, met = (f"≤ {limit} s", seconds <= limit) if contestant is OURS else ("", None)
            rows.append(Row(title, contestant.name, seconds, "s", ratio, goal, met))
        if ours is not None:
            bare = start(settings, OURS, [OURS.tool("python"), "-c", "pass"])
            rows.append(Row(title, "bare python", bare, "s", bare / ours))
    return rows


def start(settings: Settings, contestant: Contestant, command: list[str | Path]) -> float:
    """Return the median CPU seconds of a command, each run in a folder without a record."""
    costs = []
    for _ in range(1 if settings.quick else RUNS):
        folder = settings.scratch(f"start-{contestant.environment.name}")
        (folder / "one.py").write_text(WORKFLOW)
        costs.append(measure(command, folder).cpu)
    return median(costs)
