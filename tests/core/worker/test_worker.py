"""A worker runs calls that were left in a scratch folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def test_a_workflow_runs_through_a_scratch_folder(
    courier: Any, sample: Any, run: Any, tmp_path: Path
) -> None:
    executor = courier()
    assert run(executor, sample.lazy(3)) == [6, 8, -3]
    (tmp_path / "in.txt").write_text("text")
    found = run(executor, sample.surroundings(sample.File(str(tmp_path / "in.txt"))), context={"depth": 4})
    assert found.pop("pid") != os.getpid()
    assert found.pop("job").endswith(".1")
    assert found == {"read": "text", "cwd": os.getcwd(), "inner": -4, "context": 4}


def test_each_call_of_an_array_ends_as_it_would_alone(courier: Any, sample: Any, run: Any) -> None:
    ways = ["raise", "os._exit", "chain", "segfault", "exit", "kill", "interrupt", "generator", "return"]
    executor = courier(array=True)
    found = run(executor, [sample.catch_all(sample.misbehave(way)) for way in ways])
    assert [kind for kind, _, _ in found] == [
        "sample_tasks.Odd",
        "redun.errors.JobLostError",
        "ValueError",
        "redun.errors.JobLostError",
        "redun.errors.ExecutorError",
        "redun.errors.JobLostError",
        "redun.errors.ExecutorError",
        "redun.errors.UnhashableValueError",
        "str",
    ]
    messages = dict(zip(ways, [message for _, message, _ in found], strict=True))
    assert messages["raise"] == "s1 at 3"
    assert "sample.misbehave ended with exit code 7 before the task was done" in messages["os._exit"]
    assert "sample.misbehave was ended by SIGSEGV" in messages["segfault"]
    assert "was ended by SIGKILL. The system does so when memory runs out" in messages["kill"]
    [ended] = executor.ended
    assert ended.returncode == 0
    assert ended.stdout.count("about to") == len(ways)
    assert "Segmentation fault" in ended.stderr
