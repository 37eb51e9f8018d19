"""Sum up the JUnit files that the test environments leave behind."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

__all__ = ["count_engine_tests", "summarize"]

ENGINE = "needs a container engine"
SECOND = "failed at first"


def summarize(folder: Path) -> dict[str, int]:
    """Print a line per environment and the total, and return the total."""
    total = {"passed": 0, "failed": 0, "skipped": 0}
    print()
    for path in sorted(folder.glob("*.xml")):
        counts, seconds, broken, shaky = read(path)
        for name, count in counts.items():
            total[name] += count
        shown = ", ".join(f"{count:5} {name}" for name, count in counts.items())
        print(f"{path.stem:20} {shown}  in {seconds:6.1f} s")
        for name in broken:
            print(f"    FAILED {name}")
        for name, failure in shaky.items():
            print(f"    PASSED AT THE SECOND ATTEMPT {name}; the first:")
            print("\n".join(f"        {line}" for line in failure.splitlines()))
    engine = count_engine_tests(folder)
    if engine:
        print(f"With a container engine: {engine['ran']} ran, {engine['skipped']} skipped")
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return total


def count_engine_tests(folder: Path) -> Counter[str]:
    """Return how many of the tests that need a container engine ran, and how many were skipped."""
    counts: Counter[str] = Counter()
    for path in folder.glob("*.xml"):
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            if any(entry.get("name") == ENGINE for entry in case.iter("property")):
                counts["skipped" if case.find("skipped") is not None else "ran"] += 1
    return counts


def read(path: Path) -> tuple[dict[str, int], float, list[str], dict[str, str]]:
    """Return the counts, the seconds, the failed tests of one file, and those that passed when tried once more."""
    root = ElementTree.parse(path).getroot()
    seconds = sum(float(suite.get("time", 0)) for suite in root.iter("testsuite"))
    # Each attempt is an entry; the last one counts.
    cases = {f"{case.get('classname')}::{case.get('name')}": case for case in root.iter("testcase")}
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    broken: list[str] = []
    shaky: dict[str, str] = {}
    for name, case in cases.items():
        if case.find("failure") is not None or case.find("error") is not None:
            counts["failed"] += 1
            broken.append(name)
        elif case.find("skipped") is not None:
            counts["skipped"] += 1
        else:
            counts["passed"] += 1
            for entry in case.iter("property"):
                if entry.get("name") == SECOND:
                    shaky[name] = entry.get("value", "")
    return counts, seconds, broken, shaky
