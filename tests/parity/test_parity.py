"""The same workflows under redun 0.44 and under ours: results, jobs that ran, jobs replayed, exit codes."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from observing import RECORD, Observed, cases, observe, recorded, told

CASES = cases()


@pytest.fixture(scope="session")
def ours() -> Observed:
    return observe(sys.executable)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 150
    assert sum(not case.differs for case in CASES) >= 150


def test_no_case_on_record_is_gone() -> None:
    assert json.loads(RECORD.read_text())["cases"].keys() <= {case.name for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_parity(case: Any, ours: Observed) -> None:
    old, new = recorded(case), ours[case.name]
    assert old is not None, (
        "this case has not been played under 0.44 as it is now; run `tox -e parity-record`"
    )
    if not case.differs:
        assert [told(seen) for seen in new] == old, new
        return
    assert [told(seen) for seen in new] != old, "they no longer differ"
    for seen, expected in zip(new, case.ours, strict=True):
        assert {key: seen.get(key) for key in expected} == expected, seen
