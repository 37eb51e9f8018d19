"""Both modes behind a server of Spark Connect."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, task
from redun.config import Config
from redun.errors import ExecutorError, JobLostError, JobTimeoutError
from redun.query import open_record
from redun_executor_spark import connecting, get_spark_context, get_spark_session, udf
from services.spark import ConnectServer

from .conftest import section
from .relay import Relay

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


@pytest.fixture
def relay(connect_server: ConnectServer) -> Iterator[Relay]:
    made = Relay(connect_server.url)
    yield made
    made.close()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def add_offset(number: int) -> int:
    return number + 100


@udf(return_type="long")
def shifted(number: int) -> int:
    return add_offset(number)


@task(executor="spark")
def total(count: int) -> list[Any]:
    from pyspark.sql import SparkSession, functions

    spark = get_spark_session()
    assert SparkSession.getActiveSession() is spark
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


@task(executor="spark", timeout=3)
def write_for_ever(path: str) -> int:
    def write(batches: Any) -> Iterator[Any]:
        for _ in range(3000):
            with open(path, "a") as file:
                file.write(".")
            time.sleep(0.1)
        yield from batches

    return get_spark_session().range(1, numPartitions=1).mapInArrow(write, "id long").count()


def test_what_a_body_has_begun_at_the_server_ends_with_its_time(scheduler: Scheduler, tmp_path: Path) -> None:
    path = tmp_path / "written"
    with pytest.raises(JobTimeoutError):
        scheduler.run(write_for_ever(str(path)))

    def stands_still() -> bool:
        size = path.stat().st_size if path.exists() else 0
        time.sleep(2)
        return size == (path.stat().st_size if path.exists() else 0)

    # Five minutes, else.
    wait_for(stands_still)


@task(executor="spark")
def read_files(number: int) -> list[str]:
    def read(batches: Any) -> Iterator[Any]:
        import pyarrow
        from pyspark import SparkFiles
        from spark_connect_extra import GREETING

        for batch in batches:
            with open(SparkFiles.get("names.txt")) as file:
                told = [GREETING + file.read()] * batch.num_rows
            yield pyarrow.record_batch([pyarrow.array(told)], names=["told"])

    rows = get_spark_session().range(number, numPartitions=1).mapInArrow(read, "told string").collect()
    return [row.told for row in rows]


def test_files_and_modules_go_to_the_workers(
    open_scheduler: Callable[..., Scheduler], tmp_path: Path
) -> None:
    (tmp_path / "spark_connect_extra.py").write_text("GREETING = 'hello '\n")
    (tmp_path / "names.txt").write_text("Ada")
    options = {"py_files": str(tmp_path / "spark_connect_extra.py"), "files": str(tmp_path / "names.txt")}
    with open_scheduler() as scheduler:
        assert scheduler.run(read_files.options(**options)(2)) == ["hello Ada"] * 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"driver_memory": "2g"},
            r"runs already, so that it cannot be started with driver_memory: set them where",
        ),
        ({"spark_conf": {"spark.a": "b"}}, r"cannot be started with spark_conf \(spark\.a\)"),
        (
            {"spark_conf": {"spark.sql.maxMetadataStringLength": "x"}},
            r"could not be had as the options want it",
        ),
        (
            {"files": "/no/such/file"},
            r"could not be had as the options want it: there is no /no/such/file to be sent",
        ),
        ({"master": "sc://127.0.0.1:x/"}, r"no session at the server of Spark Connect sc://127\.0\.0\.1:x: "),
        ({"deploy_mode": "cluster"}, r"the option deploy_mode is cluster, which needs submit = spark-submit"),
    ],
)
def test_what_a_server_cannot_give_is_said(
    scheduler: Scheduler, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ExecutorError, match=message):
        scheduler.run(ask_context.options(**options)())


def test_a_token_is_not_shown(scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "ANSWER_S", 0.5)
    url = "sc://127.0.0.1:1/;token=open-sesame"
    for mode in ("driver", "worker"):
        with pytest.raises(JobLostError) as caught:
            scheduler.run(ask_context.options(master=url, mode=mode)())
        assert "No server of Spark Connect answers at sc://127.0.0.1:1 within" in str(caught.value)
        assert "open-sesame" not in str(caught.value)


@task(executor="spark")
def wait_there(path: str, seconds: float) -> int:
    def wait(batches: Any) -> Iterator[Any]:
        with open(path, "a") as file:
            file.write(".")
        time.sleep(seconds)
        yield from batches

    return get_spark_session().range(3, numPartitions=1).mapInArrow(wait, "id long").count()


@task(executor="spark", mode="worker")
def wait_on_worker(path: str, seconds: float) -> int:
    with open(path, "a") as file:
        file.write(".")
    time.sleep(seconds)
    return 3


@pytest.mark.parametrize("wait", [wait_there, wait_on_worker])
def test_a_connection_that_breaks_is_taken_up_again(
    wait: Any, open_scheduler: Callable[..., Scheduler], relay: Relay, tmp_path: Path
) -> None:
    path = tmp_path / "begun"
    with open_scheduler(relay.url) as scheduler:
        breaks = threading.Thread(target=lambda: (wait_for(path.exists), relay.cut()))
        breaks.start()
        assert scheduler.run(wait(str(path), 4.0)) == 3
        breaks.join()
    assert path.read_text() == "."


@pytest.mark.parametrize("wait", [wait_there, wait_on_worker])
def test_a_server_that_stays_away_is_a_call_that_is_lost(
    wait: Any,
    open_scheduler: Callable[..., Scheduler],
    relay: Relay,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(connecting.RETRIES, "max_retries", 2)
    monkeypatch.setattr(connecting, "ANSWER_S", 1.0)
    path = tmp_path / "begun"
    with open_scheduler(relay.url) as scheduler:
        ends = threading.Thread(target=lambda: (wait_for(path.exists), relay.close()))
        ends.start()
        with pytest.raises(JobLostError, match="server of Spark Connect no longer answers"):
            scheduler.run(wait(str(path), 20.0))
        ends.join()
        relay.open()
        assert scheduler.run(wait(str(path), 0.0)) == 3
