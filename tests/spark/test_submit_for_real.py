"""Drivers started by `spark-submit`, on this machine and with a standalone cluster of two workers."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from redun import Scheduler
from redun.config import load_config
from services.spark import SparkCluster

from tests.spark.conftest import Project

pytestmark = pytest.mark.slow

WORKFLOW = """
    import os
    import signal
    import sys
    import time
    from pathlib import Path

    from pyspark import SparkFiles

    from redun import Scheduler, catch_all, task
    from redun.config import load_config
    from redun_executor_spark import get_spark_context, get_spark_session

    redun_namespace = "flow"

    def scale(n: int) -> int:
        import factors

        return n * factors.FACTOR * int(Path(SparkFiles.get("more.txt")).read_text())

    @task(executor="spark", py_files="../factors.py", files="../more.txt")
    def total(n: int) -> int:
        print("in the driver")
        os.system("echo of a program >&2")
        return get_spark_context().parallelize(range(n), 4).map(scale).sum()

    @task(executor="spark", spark_conf={"spark.sql.session.timeZone": "Asia/Tokyo"})
    def zone(n: int) -> list:
        if n < 0:
            raise ValueError(f"no zone {n}")
        spark = get_spark_session()
        return [spark.range(n).count(), spark.conf.get("spark.sql.session.timeZone"), spark.sparkContext.master]

    @task(executor="spark")
    def without_java(folder: str) -> int:
        Path(folder, "driver").write_text(str(os.getpid()))
        # The Python of an application is a child of its Java, and runs bodies in one of its own.
        java = int(Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(java, signal.SIGKILL)
        return get_spark_context().parallelize(range(4), 2).sum()

    @task(executor="spark")
    def gated(folder: str, n: int) -> int:
        Path(folder, "begun").write_text(str(os.getpid()))
        while not Path(folder, "gate").exists():
            time.sleep(0.05)
        return get_spark_context().parallelize(range(n), 2).sum()

    if __name__ == "__main__":
        print(Scheduler(load_config(".redun")).run(gated(os.getcwd(), 5)))
"""


def wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture
def submitting(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    project.write(WORKFLOW)
    project.write("FACTOR = 3", "factors.py")
    project.write("2", "more.txt")
    project.configure(submit="spark-submit")
    monkeypatch.chdir(project.folder)
    return project
