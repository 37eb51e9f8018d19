"""What looking at the record costs: commands on a record of a million jobs, and beside redun 0.44 at ten thousand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.contestants import OURS, PROGRAMS, REDUN_044, Contestant
from benchmarks.measure import ProgramFailed, measure
from benchmarks.settings import Settings
from benchmarks.table import Row

__all__ = ["run"]

MANY, FEW = 1_000_000, 10_000
WALL, PEAK = 0.5, 150
REPORT_WALL, REPORT_SIZE = 20, 10
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Question:
    """A command; `names` of the record stand in braces."""

    title: str
    words: tuple[str, ...]
    asked_of_044: bool = False


QUESTIONS = (
    Question("list of executions", ("log",), True),
    Question("tree of an execution", ("log", "{survey}"), True),
    Question("one job", ("log", "{job}"), True),
    Question("file by path", ("log", "{drawn}"), True),
    Question("upstream, 12 calls deep", ("log", "{refined}"), True),
    Question("downstream of a value", ("log", "{value}", "--downstream")),
    Question("why", ("why", "{job}")),
    Question("failed jobs", ("log", "--job", "--job-status", "FAILED"), True),
)


def run(settings: Settings) -> list[Row]:
    """Ask ours at both sizes, and redun 0.44 at the smaller one."""
    rows: list[Row] = []
    if OURS in settings.contestants:
        rows += ask(settings, OURS, settings.scaled(MANY), judged=True)
    for contestant in (OURS, REDUN_044):
        if contestant in settings.contestants:
            rows += ask(settings, contestant, settings.scaled(FEW), judged=False)
    return rows


def ask(settings: Settings, contestant: Contestant, jobs: int, *, judged: bool) -> list[Row]:
    """Make a record of so many jobs and ask everything that the contestant can answer."""
    settings.say(f"record of {jobs:,} jobs, {contestant.name}")
    folder = settings.scratch(f"questions-{contestant.environment.name}-{jobs}")
    program: list[str | Path] = [
        contestant.tool("python"),
        PROGRAMS / "laboratory.py",
        str(jobs),
        folder / ".redun",
    ]
    try:
        names = measure(program, folder).facts
    except ProgramFailed as failure:
        return [Row(f"record of {jobs:,} jobs", contestant.name, None, "", note=str(failure))]
    rows: list[Row] = []
    for question in QUESTIONS:
        if contestant is OURS or question.asked_of_044:
            settings.say(f"{question.title}, {contestant.name}")
            rows += answer(settings, contestant, folder, question, names, f"{jobs:,} jobs", judged)
    if contestant is OURS and judged:
        rows += report(settings, folder, names)
    return rows


def answer(
    settings: Settings,
    contestant: Contestant,
    folder: Path,
    question: Question,
    names: dict[str, Any],
    size: str,
    judged: bool,
) -> list[Row]:
    """Ask one question several times, each in a process of its own."""
    words = [word.format(**names) for word in question.words]
    title = f"{question.title}, {size}"
    try:
        costs = [
            measure([contestant.tool("redun"), *words], folder, timeout=600) for _ in range(settings.repeats)
        ]
    except ProgramFailed as failure:
        return [Row(title, contestant.name, None, "s", note=str(failure))]
    wall, cpu = median(cost.wall for cost in costs), median(cost.cpu for cost in costs)
    peak = median(cost.peak for cost in costs) / MEGABYTE
    return [
        Row(title, f"{contestant.name}: wall", wall, "s", None, *goal(judged, wall, WALL, "s")),
        Row(title, f"{contestant.name}: CPU", cpu, "s"),
        Row(title, f"{contestant.name}: memory", peak, "MB", None, *goal(judged, peak, PEAK, "MB")),
    ]


def report(settings: Settings, folder: Path, names: dict[str, Any]) -> list[Row]:
    """Write the report of the second largest execution: of a record of a million jobs, one in ten is its."""
    settings.say("report")
    page = folder / "report.html"
    command: list[str | Path] = [OURS.tool("redun"), "report", names["normalise"], "-o", page]
    cost = measure(command, folder)
    size = page.stat().st_size / MEGABYTE
    title = "report of a tenth of the jobs"
    return [
        Row(title, "redun: wall", cost.wall, "s", None, *goal(True, cost.wall, REPORT_WALL, "s")),
        Row(title, "redun: CPU", cost.cpu, "s"),
        Row(title, "redun: memory", cost.peak / MEGABYTE, "MB"),
        Row(title, "redun: size", size, "MB", None, *goal(True, size, REPORT_SIZE, "MB")),
    ]


def goal(judged: bool, value: float, most: float, unit: str) -> tuple[str, bool | None]:
    """Return a goal in words and whether it was reached, where there is one."""
    return (f"≤ {most} {unit}", value <= most) if judged else ("", None)
