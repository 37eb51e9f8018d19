"""Drivers started by `spark-submit`, on this machine and with a standalone cluster of two workers."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from redun.executors.packaging.private import private_folder
from services.spark import SparkCluster

from tests.spark.conftest import Project

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_java")]

WORKFLOW = """
    import json
    import os
    import signal
    import sys
    import time
    from pathlib import Path

    from pyspark import SparkFiles

    from redun import Scheduler, ShardedDataset, catch, task
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
    def failing() -> None:
        spark = get_spark_session()
        raise ValueError(f"{spark.conf.get('spark.sql.session.timeZone')} at {spark.sparkContext.master}")

    @task(executor="spark")
    def without_java(folder: str) -> int:
        Path(folder, "driver").write_text(str(os.getpid()))
        # The Python of an application is a child of its Java, and runs bodies in one of its own.
        java = int(Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(java, signal.SIGKILL)
        return get_spark_context().parallelize(range(4), 2).sum()

    @task(executor="spark")
    def gated(folder: str, n: int) -> ShardedDataset:
        Path(folder, "begun").write_text(str(os.getpid()))
        while not Path(folder, "gate").exists():
            time.sleep(0.05)
        return get_spark_session().range(n)

    @task()
    def added(made: ShardedDataset) -> int:
        return int(made.load_pandas()["id"].sum())

    @task()
    def told(error: Exception) -> list:
        return [type(error).__name__, str(error)]

    @task()
    def everything() -> list:
        return [total(100), catch(failing(), ValueError, told)]

    if __name__ == "__main__":
        here = os.getcwd()
        chosen = {
            "everything": everything,
            "gated": lambda: added(gated(here, 5)),
            "lost": lambda: catch(without_java(here), Exception, told),
        }
        print(json.dumps(Scheduler(load_config(".redun")).run(chosen[sys.argv[1]]())))
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


def processes_of(project: Project) -> list[str]:
    """Return the command lines that name something of a project."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return [line for line in found if str(project.folder) in line]


def column(project: Project, query: str) -> list[str]:
    with closing(sqlite3.connect(project.folder / ".redun" / "redun.db")) as connection:
        return [str(value) for (value,) in connection.execute(query)]


@pytest.fixture
def submitting(project: Project) -> Project:
    """A project whose tasks go by `spark-submit`."""
    project.write(WORKFLOW)
    project.write("FACTOR = 3", "factors.py")
    project.write("2", "more.txt")
    project.configure(submit="spark-submit")
    return project


def test_on_a_cluster_with_files_settings_and_errors(submitting: Project, cluster: SparkCluster) -> None:
    # One application at a time has all of the cluster.
    submitting.configure(
        cluster.url, submit="spark-submit", max_workers=1, executor_memory="512m", scratch="shared"
    )
    assert json.loads(submitting.run("everything")) == [
        sum(range(100)) * 3 * 2,
        ["ValueError", f"Asia/Tokyo at {cluster.url}"],
    ]
    applications = {
        tag.strip('"') for tag in column(submitting, "select value from tag where key = 'spark_application'")
    }
    assert len(applications) == 2
    assert all(one.startswith("app-") for one in applications)
    printed = "".join(column(submitting, "select text from output order by stream"))
    assert "in the driver\n" in printed
    assert "of a program\n" in printed
    assert cluster.applications() == []


def test_a_driver_whose_java_is_killed_is_lost_and_leaves_nothing(submitting: Project) -> None:
    kind, told = json.loads(submitting.run("lost"))
    # As the system does where memory runs out.
    assert kind == "JobMemoryError"
    assert told.startswith("Task flow.without_java: the application's driver of Spark ")
    assert "out of memory (spark-submit ended with exit code -9)" in told
    assert not alive(int((submitting.folder / "driver").read_text()))
    wait_for(lambda: not processes_of(submitting))


def test_all_ends_with_a_scheduler_that_is_killed_and_the_next_one_resumes(submitting: Project) -> None:
    scheduler = submitting.start("gated")
    wait_for((submitting.folder / "begun").exists)
    assert len(processes_of(submitting)) > 1
    os.kill(scheduler.pid, signal.SIGKILL)
    scheduler.communicate()
    wait_for(lambda: not processes_of(submitting))
    (submitting.folder / "gate").touch()
    assert json.loads(submitting.run("gated")) == 10
    # Nor are the properties left with which it was started, for there may be secrets among them.
    assert not list(Path(private_folder("redun-spark")).rglob("*.conf"))
