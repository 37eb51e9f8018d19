"""The growth of CO₂ in the air, with settings that no call passes on: tasks take what they need from the context."""

from __future__ import annotations

import itertools

from redun import File, get_context, task

redun_namespace = "examples.context"


@task
def read(table: File) -> list[float]:
    """Read the yearly means."""
    return [float(line.split(",")[1]) for line in table.read().splitlines()[1:]]


@task
def smooth(values: list[float], window: int = get_context("smooth.window", 1)) -> list[float]:
    """Average over some years around each year."""
    return [sum(values[i : i + window]) / window for i in range(len(values) - window + 1)]


@task
def fastest(values: list[float]) -> float:
    """The largest rise from one year to the next."""
    return max(later - earlier for earlier, later in itertools.pairwise(values))


@task
def say(
    rise: float,
    unit: str = get_context("report.unit"),
    digits: int = get_context("report.digits", 1),
) -> str:
    """Write it as people read it."""
    return f"{rise:.{digits}f} {unit} per year"


@task
def growth(values: list[float]) -> str:
    """Smooth and report: settings pass by."""
    return say(fastest(smooth(values)))


@task
def main(table: File = File("co2.csv")) -> dict[str, str]:  # noqa: B008
    """As configured, and without smoothing."""
    values = read(table)
    raw = growth.update_context(smooth={"window": 1})
    return {"raw": raw(values), "smooth": growth(values)}
