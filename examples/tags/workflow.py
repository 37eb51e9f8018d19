"""Anscombe's quartet: four sets of points that all fit the line y = 3 + x/2, and only one that should."""

from __future__ import annotations

from statistics import correlation, linear_regression, median

from redun import File, apply_tags, task

redun_namespace = "examples.tags"

Points = list[tuple[float, float]]


@task
def read(table: File) -> dict[str, Points]:
    """Read the points of each set."""
    sets: dict[str, Points] = {}
    for line in table.read().splitlines()[1:]:
        name, x, y = line.split(",")
        sets.setdefault(name, []).append((float(x), float(y)))
    return sets


@task(tags=[("method", "least squares"), ("reviewed", True)])
def fit(points: Points) -> str:
    """Fit a line."""
    x, y = zip(*points, strict=True)
    slope, intercept = linear_regression(x, y)
    return f"y = {intercept:.1f} + {slope:.1f} x, r = {correlation(x, y):.2f}"


@task
def outliers(points: Points) -> list[int]:
    """Find points far from the line through all others, by the median of what the others miss it by."""
    found = []
    for i, (x, y) in enumerate(points):
        others = points[:i] + points[i + 1 :]
        if len({x for x, _ in others}) < 2:
            found.append(i)
            continue
        slope, intercept = linear_regression(*zip(*others, strict=True))
        misses = [abs(y - intercept - slope * x) for x, y in others]
        if abs(y - intercept - slope * x) > 10 * max(median(misses), 0.1):
            found.append(i)
    return found


@task
def judge(name: str, line: str, outliers: list[int]) -> str:
    """Tag the line with the points to doubt, and the job with the set that it is about."""
    return apply_tags(f"{name}: {line}", tags=[("outliers", outliers)], job_tags=[("set", name)])


@task
def judge_all(sets: dict[str, Points]) -> list[str]:
    """Fit and judge each set."""
    return [judge(name, fit(points), outliers(points)) for name, points in sets.items()]


@task
def main(table: File = File("quartet.csv")) -> list[str]:  # noqa: B008
    """Fit all sets; the execution says of what."""
    return apply_tags(judge_all(read(table)), execution_tags=[("table", table.path)])
