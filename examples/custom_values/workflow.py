"""How old is the Shroud of Turin? Twelve radiocarbon ages by three laboratories (Damon et al., Nature 337, 1989)."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from statistics import NormalDist, fmean, stdev

from ages import Ages, Date, Weighting
from redun import File, task

redun_namespace = "examples.custom_values"

LIBBY = Decimal(5568)
"""The half-life of carbon-14, in years, that published ages are based on by convention."""


@task
def read(table: File) -> dict[str, Ages]:
    """Read the ages that each laboratory measured, in years before 1950."""
    ages: dict[str, list[NormalDist]] = {}
    for row in csv.DictReader(io.StringIO(table.read())):
        ages.setdefault(row["laboratory"], []).append(NormalDist(float(row["age"]), float(row["error"])))
    return {laboratory: Ages(measured) for laboratory, measured in sorted(ages.items())}


@task
def combine(laboratory: str, ages: Ages, weighting: Weighting) -> Date:
    """Combine the ages of one laboratory."""
    return Date(laboratory, mean_of(ages.ages, weighting))


@task
def combine_all(ages: dict[str, Ages], weighting: Weighting) -> list[Date]:
    """Combine the ages of each laboratory."""
    return [combine(laboratory, ages[laboratory], weighting) for laboratory in sorted(ages)]


@task
def compare(dates: list[Date], expected: NormalDist, half_life: Decimal) -> str:
    """Say how old the object is, and how far that is from what was expected."""
    age = mean_of([date.age for date in dates], Weighting.BY_ERROR) * float(half_life / LIBBY)
    apart = abs(age.mean - expected.mean) / (age - expected).stdev
    return (
        f"{age.mean:.0f} ± {age.stdev:.0f} years before 1950, {apart:.1f} standard deviations from expected"
    )


def mean_of(ages: list[NormalDist], weighting: Weighting) -> NormalDist:
    """The mean of independent measurements, with its error."""
    if weighting is Weighting.EQUAL:
        means = [age.mean for age in ages]
        return NormalDist(fmean(means), stdev(means) / len(means) ** 0.5)
    weights = [1 / age.variance for age in ages]
    mean = sum(weight * age.mean for weight, age in zip(weights, ages, strict=True)) / sum(weights)
    return NormalDist(mean, sum(weights) ** -0.5)


@task
def main(
    table: File = File("measurements.csv"),  # noqa: B008
    weighting: Weighting = Weighting.BY_ERROR,
    expected: NormalDist = NormalDist(1917, 5),  # noqa: B008
    half_life: Decimal = LIBBY,
) -> str:
    """Date the object, and compare the date with one that was expected."""
    return compare(combine_all(read(table), weighting), expected, half_life)
