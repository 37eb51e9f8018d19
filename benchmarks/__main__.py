"""`python -m benchmarks [--quick] [--only WORK] [--with NAME]`: one table, and a JSON file in benchmarks/results."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.contestants import CONTESTANTS, OURS, provide
from benchmarks.settings import Settings
from benchmarks.table import Row, render, save
from benchmarks.workloads import WORKLOADS

RESULTS = Path(__file__).resolve().parent / "results"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, keep; return 1 if a goal was missed."""
    options = parse(arguments)
    names = set(options.contestants or [contestant.name for contestant in CONTESTANTS])
    chosen = tuple(contestant for contestant in CONTESTANTS if contestant.name in names)
    provide([contestant for contestant in CONTESTANTS if contestant in chosen or contestant is OURS])
    settings = Settings(options.quick, 1 if options.quick else options.repeats, chosen)
    rows: list[Row] = []
    for name in options.only or WORKLOADS:
        rows.extend(WORKLOADS[name](settings))
    if options.quick:
        print(render([replace(row, goal="", met=None) for row in rows]))
        print("\nQuick: sizes too small to judge by.")
        return 0
    print(render(rows))
    print(f"\n{save(rows, RESULTS)}")
    return int(any(row.met is False for row in rows))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure redun beside its peers."
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, once: does it all work?")
    parser.add_argument(
        "--repeats", type=int, default=5, help="measurements of which the median counts (%(default)s)"
    )
    parser.add_argument(
        "--only", action="append", choices=list(WORKLOADS), help="a workload; may be repeated"
    )
    parser.add_argument(
        "--with",
        action="append",
        dest="contestants",
        choices=[contestant.name for contestant in CONTESTANTS],
        help="a contestant; may be repeated",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
