"""The same workflows under redun 0.44 and under ours: results, jobs that ran, jobs replayed, exit codes.

`tox -e parity` installs 0.44 in an environment of its own and names its interpreter in `REDUN_044`.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
FOLDER = HERE / "cases"

Observed = dict[str, list[dict[str, Any]]]
CASES = [case for file in sorted(FOLDER.glob("*.py")) for case in runpy.run_path(str(file))["CASES"]]


def observe(interpreter: str) -> Observed:
    """Play all cases with an interpreter's redun."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [interpreter, str(HERE / "driver.py")], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(line) for line in done.stdout.splitlines())


@pytest.fixture(scope="session")
def both() -> tuple[Observed, Observed]:
    interpreter = os.environ.get("REDUN_044")
    if not interpreter:
        pytest.fail("REDUN_044 names no interpreter that has redun 0.44; run `tox -e parity`")
    return observe(interpreter), observe(sys.executable)


def told(seen: dict[str, Any]) -> dict[str, Any]:
    """Return what is compared: texts of errors are each implementation's own."""
    kept = {key: value for key, value in seen.items() if key != "text"}
    if kept.get("exit"):
        del kept["stdout"]
    return kept


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 150
    assert sum(not case.differs for case in CASES) >= 150


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_parity(case: Any, both: tuple[Observed, Observed]) -> None:
    old, new = both[0][case.name], both[1][case.name]
    if not case.differs:
        assert [told(seen) for seen in new] == [told(seen) for seen in old], new
        return
    assert [told(seen) for seen in new] != [told(seen) for seen in old], "they no longer differ"
    for seen, expected in zip(new, case.ours, strict=True):
        assert {key: seen.get(key) for key in expected} == expected, seen
