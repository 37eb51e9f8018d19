"""Statistics of many files by map and reduce: each file is summarised by itself, summaries are merged in pairs.

No task ever holds all measurements, and a further file costs its own summary and the merges on its way to the top.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from redun import Dir, File, task

redun_namespace = "examples.map_reduce"

T = TypeVar("T")


@dataclass(frozen=True)
class Summary:
    """What has to be known of some measurements to merge them with others."""

    count: int
    mean: float
    squares: float
    """Sum of squared deviations from the mean."""

    @property
    def deviation(self) -> float:
        """Standard deviation of one measurement."""
        return (self.squares / (self.count - 1)) ** 0.5


@task
def summarise(run: File) -> Summary:
    """Map: one file of measurements becomes a summary."""
    values = [float(word) for word in run.read().split()]
    mean = sum(values) / len(values)
    return Summary(len(values), mean, sum((value - mean) ** 2 for value in values))


@task
def merge(left: Summary, right: Summary) -> Summary:
    """Reduce: two summaries become that of all their measurements (Chan, Golub and LeVeque, 1979)."""
    count = left.count + right.count
    shift = right.mean - left.mean
    return Summary(
        count,
        left.mean + shift * right.count / count,
        left.squares + right.squares + shift**2 * left.count * right.count / count,
    )


@task
def report(summary: Summary) -> str:
    """Say it as it is published: mean and standard error."""
    error = summary.deviation / summary.count**0.5
    return f"{summary.count} measurements: {299_000 + summary.mean:.1f} ± {error:.1f} km/s"


def in_pairs(operation: Callable[[T, T], T], values: list[T]) -> T:
    """Merge neighbours until one is left. No task: it puts calls together, and they run as their arguments come in."""
    while len(values) > 1:
        last = values[-1:] if len(values) % 2 else []
        values = [*map(operation, values[::2], values[1::2]), *last]
    return values[0]


@task
def main(runs: Dir = Dir("runs")) -> str:  # noqa: B008
    """The mean over all files of a folder."""
    return report(in_pairs(merge, [summarise(run) for run in runs]))
