"""A record on a server: what a task costs there beside a file of SQLite, how fast is looked up, and redun 0.44 there.

The cost is that of our process alone; the server works beside it, on the same machine here. Look-ups are measured by
the clock, for they wait for the server.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median

from benchmarks.contestants import OURS, PROGRAMS, REDUN_044, ROOT, Contestant
from benchmarks.measure import measure
from benchmarks.settings import Settings
from benchmarks.table import Row

__all__ = ["run"]

RATIO, LOOK_UPS, TIMES = 2.0, 20_000, 50
_numbers = count()


def run(settings: Settings) -> list[Row]:
    """Measure ours on a server and on a file, and redun 0.44 on the server."""
    if OURS not in settings.contestants:
        return []
    with server(settings) as url:
        ours = slope(settings, OURS, url)
        beside = slope(settings, OURS, None)
        met = ours <= RATIO * beside
        rows = [
            Row(
                "fan-out to PostgreSQL",
                OURS.name,
                ours * 1000,
                "ms",
                1.0,
                goal=f"≤ {RATIO:g} × the file",
                met=met,
            ),
            Row("fan-out to PostgreSQL", "redun, file of SQLite", beside * 1000, "ms", beside / ours),
        ]
        if REDUN_044 in settings.contestants:
            theirs = slope(settings, REDUN_044, url)
            rows.append(
                Row(
                    "fan-out to PostgreSQL",
                    REDUN_044.name,
                    theirs * 1000,
                    "ms",
                    theirs / ours,
                    goal=f"≥ {TIMES} × ours",
                    met=theirs >= TIMES * ours,
                )
            )
        rows.append(look_ups(settings, url))
    return rows


@contextmanager
def server(settings: Settings) -> Iterator[str]:
    """Run a server; give the beginning of the URLs of its databases."""
    sys.path.insert(0, str(ROOT / "tools"))
    from services.postgres import postgres_server

    settings.say("a PostgreSQL server starts")
    with postgres_server() as made:
        yield made.url("")


def slope(settings: Settings, who: Contestant, url: str | None) -> float:
    """Return the seconds of CPU that one more task costs in a first run."""
    small, large = map(settings.scaled, who.sizes)
    found = []
    for repeat in range(settings.repeats):
        settings.say(f"fan-out, {who.name}, {url or 'a file'}, {repeat + 1} of {settings.repeats}")
        cost = {size: first_run(settings, who, url, size) for size in (small, large)}
        found.append((cost[large] - cost[small]) / (large - small))
    return median(found)


def first_run(settings: Settings, who: Contestant, url: str | None, size: int) -> float:
    """Return the seconds of CPU of a run in an empty record."""
    folder = settings.scratch("postgres")
    place = [] if url is None else [new_database(url)]
    found = measure([*who.command("fan-out", size, folder), *place], folder)
    if found.facts["result"] != size * (size + 1) // 2:
        raise AssertionError(f"{who.name} computed {found.facts['result']} for a fan-out of {size}")
    return found.cpu


def look_ups(settings: Settings, url: str) -> Row:
    """Measure how many evaluations are found in a second."""
    size = settings.scaled(OURS.sizes[1])
    folder = settings.scratch("postgres")
    database = new_database(url)
    measure([*OURS.command("fan-out", size, folder), database], folder)
    settings.say("look-ups")
    program: list[str | Path] = [OURS.tool("python"), PROGRAMS / "look_up.py", database]
    speeds = [measure(program, folder).facts["per_second"] for _ in range(settings.repeats)]
    value = median(speeds)
    return Row(
        "look-ups in PostgreSQL", OURS.name, value, "/s", 1.0, goal=f"≥ {LOOK_UPS:,}", met=value >= LOOK_UPS
    )


def new_database(url: str) -> str:
    """Make an empty database and return its URL; `template1` is where one connects to do so."""
    name = f"bench{next(_numbers)}"
    program: list[str | Path] = [OURS.tool("python"), PROGRAMS / "new_database.py", f"{url}template1", name]
    measure(program, PROGRAMS)
    return f"{url}{name}"
