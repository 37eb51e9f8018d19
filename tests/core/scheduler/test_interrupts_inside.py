"""Executions inside of jobs stop with what runs them."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, task
from redun.config import Config
from redun.errors import ExecutionInterrupted, JobTimeoutError
from redun.recorder.batch import ExecutionStatus, JobStatus
from redun.scheduler import subrun

redun_namespace = "interrupts_inside"

STEPS: list[int] = []
BEGUN = threading.Event()


@task(version="1")
def step(number: int) -> int:
    STEPS.append(number)
    BEGUN.set()
    time.sleep(0.1)
    return number + 1


@task(version="1")
def steps(number: int) -> Any:
    return steps(step(number)) if number < 300 else number


def statuses(path: Path) -> tuple[list[int], set[int]]:
    connection = sqlite3.connect(path)
    executions = [row[0] for row in connection.execute("SELECT status FROM execution ORDER BY key")]
    jobs = {row[0] for row in connection.execute("SELECT status FROM job")}
    connection.close()
    return executions, jobs


@pytest.fixture
def stored(tmp_path: Path) -> Config:
    STEPS.clear()
    BEGUN.clear()
    return Config({"backend": {"db_uri": "sqlite:///redun.db"}}, configdir=str(tmp_path))


@pytest.mark.parametrize("wait", [True, False])
def test_an_interrupt_is_passed_on(stored: Config, tmp_path: Path, wait: bool) -> None:
    with Scheduler(stored) as scheduler:

        def interrupt() -> None:
            assert BEGUN.wait(20)
            scheduler.interrupt(wait=wait)

        threading.Thread(target=interrupt).start()
        with pytest.raises(ExecutionInterrupted):
            scheduler.run(subrun(steps(0), executor="default"))
    assert len(STEPS) < 100
    executions, jobs = statuses(tmp_path / "redun.db")
    assert executions == [ExecutionStatus.CANCELLED] * 2
    assert jobs <= {JobStatus.DONE, JobStatus.CANCELLED}


def test_an_execution_ends_when_the_time_of_its_job_is_up(stored: Config, tmp_path: Path) -> None:
    with Scheduler(stored) as scheduler:
        with pytest.raises(JobTimeoutError):
            scheduler.run(subrun(steps(0), executor="default", timeout=1))
        until = time.monotonic() + 10
        while statuses(tmp_path / "redun.db")[0][-1] == ExecutionStatus.RUNNING and time.monotonic() < until:
            time.sleep(0.1)
    assert len(STEPS) < 100
    assert statuses(tmp_path / "redun.db")[0] == [ExecutionStatus.FAILED, ExecutionStatus.CANCELLED]
