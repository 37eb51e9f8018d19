"""Both modes behind a server of Spark Connect."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, task
from redun.config import Config
from redun.errors import ExecutorError
from redun.query import open_record
from redun_executor_spark import get_spark_context, get_spark_session, udf
from services.spark import ConnectServer

from .conftest import section

pytestmark = pytest.mark.slow

redun_namespace = "spark_connect"

PATIENCE_S = 60.0


@pytest.fixture
def open_scheduler(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    connect_server: ConnectServer,
    spark_section: dict[str, str],
) -> Callable[..., Scheduler]:
    """Return a function that makes schedulers with executors at the server, `spark`, and in this process, `here`."""
    monkeypatch.chdir(tmp_path)

    def make(url: str = connect_server.url, **options: Any) -> Scheduler:
        config = Config(configdir=tmp_path / ".redun")
        config.read_dict(
            {
                "backend": {"db_uri": "sqlite:///redun.db"},
                "executors.spark": section(url, **options),
                "executors.here": spark_section,
            }
        )
        return Scheduler(config)

    return make


@pytest.fixture
def scheduler(open_scheduler: Callable[..., Scheduler]) -> Iterator[Scheduler]:
    with open_scheduler() as made:
        yield made


def add_offset(number: int) -> int:
    return number + 100


@udf(return_type="long")
def shifted(number: int) -> int:
    return add_offset(number)


@task(executor="spark")
def total(count: int) -> list[Any]:
    from pyspark.sql import SparkSession, functions

    spark = get_spark_session()
    assert SparkSession.builder.getOrCreate() is spark
    spark.range(count).createOrReplaceTempView("numbers")
    frame = spark.sql("SELECT id FROM numbers").select(shifted(functions.col("id")).alias("id"))
    print("summing", count)
    found = frame.agg(functions.sum("id").alias("total")).first()
    # Nothing happens: the executor ends it.
    spark.stop()
    return [type(spark).__module__, spark.conf.get("spark.sql.shuffle.partitions"), found["total"]]


@task(executor="here")
def total_here(count: int) -> list[Any]:
    from pyspark.sql import functions

    spark = get_spark_session()
    found = (
        spark.range(count)
        .select(shifted(functions.col("id")).alias("id"))
        .agg(functions.sum("id").alias("total"))
        .first()
    )
    return [type(spark).__module__, get_spark_context().master, found["total"]]


def test_bodies_drive_sessions_at_a_server_in_turns_with_those_of_this_process(
    scheduler: Scheduler, connect_server: ConnectServer, tmp_path: Path
) -> None:
    before = {name: os.environ.get(name) for name in ("SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED")}
    conf = {"spark.sql.shuffle.partitions": "3"}
    calls = [call for n in (3, 4) for call in (total.options(spark_conf=conf)(n), total_here(n))]
    found = scheduler.run(calls)
    connect, classic = "pyspark.sql.connect.session", "pyspark.sql.session"
    assert found == [
        [connect, "3", 303],
        [classic, "local[2]", 303],
        [connect, "3", 406],
        [classic, "local[2]", 406],
    ]
    assert {name: os.environ.get(name) for name in before} == before
    with open_record(str(tmp_path / ".redun" / "redun.db")) as record:
        jobs = record.jobs(task="spark_connect.total")
        assert {tuple(job.tags["spark_connect"]) for job in jobs} == {(connect_server.url,)}
        assert all(job.tags["spark_application"][0].startswith("local-") for job in jobs)
        assert "summing 3" in "".join(text for job in jobs for text in job.output.values())


@task(executor="spark")
def ask_context() -> str:
    return get_spark_context().applicationId


def test_there_is_no_context(scheduler: Scheduler) -> None:
    with pytest.raises(ExecutorError, match=r"no SparkContext with Spark Connect: use get_spark_session\(\)"):
        scheduler.run(ask_context())


@task(executor="spark", mode="worker")
def square(number: int) -> list[Any]:
    print("squaring", number)
    return [number * number, os.getpid()]


def test_waves_run_on_the_workers_of_a_server(scheduler: Scheduler) -> None:
    found = scheduler.run([square(number) for number in range(300)])
    assert [value for value, _ in found] == [number * number for number in range(300)]
    assert os.getpid() not in {process for _, process in found}
