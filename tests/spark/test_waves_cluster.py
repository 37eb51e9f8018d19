"""Worker mode on a standalone cluster whose Python has nothing installed: workers and schedulers are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project
    from services.spark import SparkCluster

COUNT = 48

FLOW = """
    import os, sys, time
    from redun import Scheduler, task
    from redun.config import load_config
    from helping import named

    redun_namespace = "fan"


    @task(executor="spark")
    def work(number: int, place: str, seconds: float) -> tuple[int, str]:
        # SPARK_LOCAL_DIRS differs from executor to executor.
        with open(f"{place}/{number}", "a") as file:
            file.write(os.environ["SPARK_LOCAL_DIRS"] + "\\n")
        time.sleep(seconds)
        return number * number, named(sys.flags.no_site)


    if __name__ == "__main__":
        place, count, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
        with Scheduler(load_config(".redun")) as scheduler:
            squares = scheduler.run([work(number, place, seconds) for number in range(count)])
        assert [square for square, _ in squares] == [number * number for number in range(count)]
        print(sorted({name for _, name in squares}))
"""


@pytest.fixture
def bare_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Spark's Python workers find nothing but the standard library."""
    wrapper = tmp_path / "python"
    wrapper.write_text(f'#!/bin/sh\nexec {os.path.realpath(sys.executable)} -S "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PYSPARK_PYTHON", str(wrapper))


@pytest.fixture
def fan(project: Project, cluster: SparkCluster, bare_python: None) -> Project:
    project.configure(cluster.url, mode="worker")
    project.write(FLOW)
    project.write("def named(bare: int) -> str:\n    return f'bare: {bare}'\n", "helping.py")
    return project


def runs(place: Path) -> dict[str, list[str]]:
    """Return on which executors each call began."""
    return {path.name: path.read_text().split() for path in place.iterdir()}


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    deadline = time.monotonic() + 180
    while not condition():
        if process is not None and process.poll() is not None:
            pytest.fail("it has ended\n" + "".join(map(str, process.communicate())))
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_a_worker_of_spark_is_killed(fan: Project, cluster: SparkCluster, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    process = fan.start(str(place), str(COUNT), "0.5")
    wait_for(lambda: len({executor for each in runs(place).values() for executor in each}) == 2, process)
    wait_for(lambda: len(runs(place)) >= COUNT // 3, process)
    cluster.workers[0].kill()
    printed, complaints = process.communicate(timeout=240)
    assert process.returncode == 0, complaints
    assert printed == "['bare: 1']\n"
    found = runs(place)
    assert len(found) == COUNT
    again = {executors[0] for executors in found.values() if len(executors) > 1}
    # Only what began where it was lost has run again.
    assert len(again) <= 1
    assert sum(map(len, found.values())) < 2 * COUNT


@pytest.mark.slow
def test_the_scheduler_is_killed(fan: Project, cluster: SparkCluster, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    process = fan.start(str(place), str(COUNT), "0.3")
    wait_for(lambda: len(runs(place)) >= COUNT // 2, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    # The cluster notices, and ends what ran for it.
    wait_for(lambda: not cluster.applications())
    before = runs(place)
    assert fan.run(str(place), str(COUNT), "0.3") == "['bare: 1']\n"
    after = runs(place)
    assert len(after) == COUNT
    # What was recorded is not run again; at most what ran or was on its way is.
    assert any(len(after[number]) == 1 for number in before)
