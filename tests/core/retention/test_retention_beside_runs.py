"""Collections one after another beside processes that run, replay and compute anew."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from redun.retention.checking import check
from redun.retention.collecting import collect
from redun.retention.selection import Selection
from retention_work import problems, run_everything

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    "rounds", [pytest.param(6, marks=pytest.mark.slow), pytest.param(100, marks=pytest.mark.large)]
)
def test_four_processes_run_beside_collections(tmp_path: Path, rounds: int) -> None:
    database = tmp_path / "record" / "redun.db"
    run_everything(database, [1, 2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])}
    worker = [sys.executable, str(HERE / "retention_worker.py")]
    processes = [
        warm.Popen(
            [*worker, str(database), str(seed)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in range(1, 5)
    ]
    removed = swept = 0
    try:
        for number in range(rounds):
            for process in processes:
                print("run", file=process.stdin, flush=True)
            selection = Selection(everything=True) if number % 3 else Selection(keep_last=1)
            done = collect(database, selection)
            for process in processes:
                assert process.stdout.readline(), process.communicate()[1]
            removed += done.executions.counts.get("execution", 0)
            swept += done.rows.counts.get("value", 0)
            if number % 3 == 2:
                assert problems(database) == [], number
        for process in processes:
            _, errors = process.communicate(timeout=120)
            # Each run holds itself to its result.
            assert process.returncode == 0, errors
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert removed > rounds
    assert swept > rounds
    assert problems(database) == []
    collect(database, Selection())
    assert [one for one in check(database, deep=True) if one.kind != "stray payload"] == []
    run_everything(database, [1, 2, 3])
