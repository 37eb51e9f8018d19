"""Calls with other launch options, in one process that can have one application at a time."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, task
from redun.config import Config
from redun.errors import ExecutorError, JobLostError
from redun_executor_spark import get_spark_context, get_spark_session

redun_namespace = "driver_applications"
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_java")]


@pytest.fixture
def scheduler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spark_section: dict[str, str]
) -> Iterator[Scheduler]:
    monkeypatch.chdir(tmp_path)
    config = Config(configdir=tmp_path / ".redun")
    config.read_dict({"backend": {"db_uri": "sqlite:///redun.db"}, "executors.spark": spark_section})
    with Scheduler(config) as made:
        yield made


@task(executor="spark")
def identify(number: int, name: str = "redun") -> tuple[str, str, int]:
    context = get_spark_context()
    counted = context.parallelize(range(number), 2).count()
    return context.appName, context.applicationId, counted


def test_each_application_gets_its_turn(scheduler: Scheduler) -> None:
    calls = [
        identify.options(app_name=name)(number, name) for number in range(2) for name in ("first", "second")
    ]
    found = scheduler.run(calls)
    assert [(name, counted) for name, _, counted in found] == [
        (name, number) for number in range(2) for name in ("first", "second")
    ]
    ids = {name: {id_ for called, id_, _ in found if called == name} for name in ("first", "second")}
    assert not ids["first"] & ids["second"]


@task(executor="spark")
def use_files(numbers: list[int]) -> list[tuple[int, str]]:
    def look(number: int) -> tuple[int, str]:
        from pyspark import SparkFiles
        from shipped_for_test import double

        with open(SparkFiles.get("note.txt")) as file:
            return double(number), file.read()

    return get_spark_context().parallelize(numbers, 2).map(look).collect()


def test_files_and_modules_reach_the_workers(scheduler: Scheduler, tmp_path: Path) -> None:
    (tmp_path / "shipped_for_test.py").write_text("def double(number):\n    return 2 * number\n")
    (tmp_path / "note.txt").write_text("noted")
    options = {"py_files": str(tmp_path / "shipped_for_test.py"), "files": [str(tmp_path / "note.txt")]}
    assert scheduler.run(use_files.options(**options)([1, 2])) == [(2, "noted"), (4, "noted")]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"master": "nonsense"}, "Spark did not start with master nonsense: .*Could not parse Master URL"),
        ({"files": "/no/such/file"}, "Spark did not start with master .*no/such/file"),
    ],
)
def test_what_keeps_an_application_from_starting_is_told(
    scheduler: Scheduler, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ExecutorError, match=message):
        scheduler.run(identify.options(**options)(1))
    assert scheduler.run(identify(2))[2] == 2


@task(executor="spark")
def heap() -> int:
    return get_spark_context()._jvm.java.lang.Runtime.getRuntime().maxMemory()


@task(executor="spark")
def kill_once(marker: str) -> int:
    jvm = get_spark_context()._gateway.proc
    if not os.path.exists(marker):
        Path(marker).touch()
        os.kill(jvm.pid, signal.SIGKILL)
        jvm.wait()
    return get_spark_session().range(5).count()


def test_a_jvm_is_replaced_where_another_one_is_needed_and_when_it_has_died(
    scheduler: Scheduler, tmp_path: Path
) -> None:
    small = scheduler.run(heap.options(driver_memory="512m")())
    assert 300 << 20 < small <= 512 << 20
    killer = kill_once.options(driver_memory="512m")
    with pytest.raises(JobLostError, match="Java process"):
        scheduler.run(killer(str(tmp_path / "first")))
    assert scheduler.run(killer.options(retries=1, retry_on="lost")(str(tmp_path / "second"))) == 5


OWN = """
    import signal
    from pyspark.sql import SparkSession
    from redun import Scheduler, task
    from redun_executor_spark import get_spark_context, get_spark_session

    redun_namespace = "own"

    @task(executor="spark")
    def identify(number: int) -> str:
        get_spark_session().range(3).createOrReplaceTempView("hidden")
        return get_spark_context().applicationId

    if __name__ == "__main__":
        mine = get_spark_session()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert mine is get_spark_session()
        with Scheduler() as scheduler:
            assert scheduler.run(identify(1)) == mine.sparkContext.applicationId
            try:
                scheduler.run(identify.options(master="local[3]", py_files="/x.py")(2))
            except Exception as error:
                print(error)
        print(mine.range(4).count(), mine.catalog.tableExists("hidden"))
        mine.stop()
        with Scheduler() as scheduler:
            assert scheduler.run(identify.options(app_name="ours", spark_conf={"spark.ui.enabled": "false"})(3))
        print("ended")
"""


def test_a_session_of_the_program_is_used_and_never_stopped(project: Any) -> None:
    (project.folder / ".redun" / "redun.ini").write_text("[executors.spark]\ntype = spark\n")
    project.write(OWN)
    printed = project.run()
    assert "This process has a Spark session already that was started otherwise" in printed
    assert "spark.master is local[*] there and local[3] here; py_files are only given here" in printed
    assert printed.endswith("4 False\nended\n")
