"""`redun db check`.

Floor: command line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from redun.retention.checking import ADVICE, Problem, Severity
from redun.retention.upkeep import Upkeep

from redun_cli.db.progress import Progress
from redun_cli.db.sizes import count_text
from redun_cli.log.writing import write_lines

__all__ = ["show"]

_SHOWN = 20


def show(upkeep: Upkeep, *, deep: bool, as_json: bool) -> int:
    """Check a record; return the exit code."""
    # Of each kind a few are kept: a damaged record may have a million.
    found: dict[str, list[Problem]] = {}
    counts: dict[str, int] = {}
    with Progress("checking") as progress:
        for problem in upkeep.check(deep=deep, tell=progress):
            counts[problem.kind] = counts.get(problem.kind, 0) + 1
            examples = found.setdefault(problem.kind, [])
            if len(examples) < _SHOWN:
                examples.append(problem)
    wrong = sum(number for kind, number in counts.items() if ADVICE[kind].severity is Severity.PROBLEM)
    if as_json:
        write_lines(json.dumps(_document(upkeep.location, deep, wrong, counts, found), indent=2).splitlines())
    else:
        write_lines(_lines(upkeep.location, deep, wrong, counts, found))
    return 1 if wrong else 0


def _lines(
    database: Path | str,
    deep: bool,
    wrong: int,
    counts: Mapping[str, int],
    found: Mapping[str, list[Problem]],
) -> Iterator[str]:
    for kind in (kind for kind in ADVICE if kind in found):
        advice = ADVICE[kind]
        yield f"{advice.severity.value}: {kind} ({counts[kind]:,})"
        yield f"  {advice.meaning}"
        for problem in found[kind]:
            yield f"    {problem.subject}" + (f": {problem.detail}" if problem.detail else "")
        if counts[kind] > len(found[kind]):
            yield f"    … and {counts[kind] - len(found[kind]):,} more"
        yield f"  What to do: {advice.action}."
        yield ""
    if wrong:
        yield f"{database}: {count_text(wrong, 'problem')}"
        return
    rest = "" if deep else "; --deep looks at every hash and payload"
    yield f"{database}: no problems{rest}"


def _document(
    database: Path | str,
    deep: bool,
    wrong: int,
    counts: Mapping[str, int],
    found: Mapping[str, list[Problem]],
) -> dict[str, object]:
    return {
        "database": str(database),
        "deep": deep,
        "problems": wrong,
        "found": [
            {
                "kind": kind,
                "severity": ADVICE[kind].severity.value,
                "count": counts[kind],
                "meaning": ADVICE[kind].meaning,
                "action": ADVICE[kind].action,
                "examples": [{"subject": one.subject, "detail": one.detail} for one in found[kind]],
            }
            for kind in ADVICE
            if kind in found
        ],
    }
