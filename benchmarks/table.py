"""The rows of the result and how they are shown and kept."""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Row", "render", "save"]


@dataclass(frozen=True)
class Row:
    """One measured number.

    Attributes
    ----------
    work : str
        The workload.
    who : str
        The contestant.
    value : float or None
        What was measured; None when the contestant could not do it.
    unit : str
    ratio : float or None
        `value` over that of ours in the same run.
    goal : str
        What is aimed at, in words; empty if nothing is.
    met : bool or None
        Whether it was reached.
    note : str
    """

    work: str
    who: str
    value: float | None
    unit: str
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None
    note: str = ""


HEADINGS = ("work", "who", "measured", "× ours", "goal", "", "note")


def render(rows: Sequence[Row]) -> str:
    """Return the rows as a table for a terminal."""
    cells = [HEADINGS, *map(_cells, rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = []
    previous = ""
    for line in cells:
        if previous and line[0] != previous:
            lines.append("")
        shown = ("" if line[0] == previous else line[0], *line[1:])
        previous = line[0]
        aligned = [
            text.rjust(width) if column in (2, 3) else text.ljust(width)
            for column, (text, width) in enumerate(zip(shown, widths, strict=True))
        ]
        lines.append("  ".join(aligned).rstrip())
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    measured = "—" if row.value is None else f"{_number(row.value)} {row.unit}"
    ratio = "" if row.ratio is None else _number(row.ratio)
    verdict = {True: "met", False: "MISSED", None: ""}[row.met]
    return (row.work, row.who, measured, ratio, row.goal, verdict, row.note)


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value else "0"


def save(rows: Sequence[Row], folder: Path) -> Path:
    """Write the rows, with the date and the machine, to a JSON file of their own and return its path."""
    now = datetime.datetime.now(datetime.UTC)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now:%Y-%m-%dT%H%M%SZ}.json"
    content = {
        "date": now.isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "rows": [asdict(row) for row in rows],
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return path
