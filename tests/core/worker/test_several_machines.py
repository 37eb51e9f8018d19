"""Where several machines work on one call, one of them writes the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from redun.errors import JobLostError


@pytest.mark.parametrize("array", [False, True])
def test_another_one_runs_the_body_and_writes_nothing(
    array: bool, courier: Any, sample: Any, run: Any, tmp_path: Path
) -> None:
    executor = courier(array=array)
    executor.environment = {"REDUN_WITHOUT_RESULT": "1"}
    seen = tmp_path / "seen"
    with pytest.raises(JobLostError, match="exit code 0"):
        run(executor, sample.write(str(seen), "was here"))
    assert seen.read_text() == "was here"
    assert not list((tmp_path / "scratch").glob("jobs/*/*/result"))


def test_a_body_that_vanishes_there_leaves_no_result_either(courier: Any, sample: Any, run: Any) -> None:
    executor = courier()
    executor.environment = {"REDUN_WITHOUT_RESULT": "1"}
    with pytest.raises(JobLostError, match=r"exit code 0"):
        run(executor, sample.misbehave("os._exit"))
