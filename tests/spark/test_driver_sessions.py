"""Tasks that drive Spark from threads of this process: sessions of their own in one application."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, task
from redun.config import Config
from redun.errors import ExecutionInterrupted, ExecutorError, JobTimeoutError
from redun.query import open_record
from redun.value.traceback_text import user_traceback
from redun_executor_spark import get_num_workers, get_spark_context, get_spark_session

redun_namespace = "driver_sessions"

PATIENCE_S = 60.0


@pytest.fixture
def open_scheduler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spark_section: dict[str, str]
) -> Callable[..., Scheduler]:
    """Return a function that makes schedulers with one record, and the executor `spark` with further options."""
    monkeypatch.chdir(tmp_path)

    def make(**options: str) -> Scheduler:
        config = Config(configdir=tmp_path / ".redun")
        config.read_dict(
            {"backend": {"db_uri": "sqlite:///redun.db"}, "executors.spark": {**spark_section, **options}}
        )
        return Scheduler(config)

    return make


@pytest.fixture
def scheduler(open_scheduler: Callable[..., Scheduler]) -> Iterator[Scheduler]:
    with open_scheduler() as made:
        yield made


@task(executor="spark")
def describe(number: int, partitions: int) -> dict[str, Any]:
    spark = get_spark_session()
    spark.range(number).createOrReplaceTempView("numbers")
    total = spark.sql("SELECT count(*) AS n FROM numbers").first()["n"]
    described = {
        "count": total,
        "partitions": spark.conf.get("spark.sql.shuffle.partitions"),
        "application": get_spark_context().applicationId,
        "workers": get_num_workers(),
    }
    # What others use is not stopped by it.
    spark.stop()
    return described


def test_each_call_has_a_session_of_its_own_in_one_application(
    open_scheduler: Callable[..., Scheduler],
) -> None:
    calls = [
        describe.options(spark_conf={"spark.sql.shuffle.partitions": 3 + number})(number, 3 + number)
        for number in range(6)
    ]
    applications = set()
    for round_ in range(2):
        with open_scheduler() as scheduler:
            found = scheduler.run([*calls, describe(100 + round_, 2)])
        assert [each["count"] for each in found] == [*range(6), 100 + round_]
        assert [each["partitions"] for each in found] == ["3", "4", "5", "6", "7", "8", "2"]
        assert {each["workers"] for each in found} == {1}
        applications |= {each["application"] for each in found}
    assert len(applications) == 1


@task(executor="spark")
def square(numbers: list[int]) -> list[int]:
    print(f"squaring {len(numbers)}")
    return get_spark_context().parallelize(numbers, 2).map(lambda number: number * number).collect()


def test_what_a_body_prints_and_its_application_are_recorded(scheduler: Scheduler, tmp_path: Path) -> None:
    assert scheduler.run(square([1, 2, 3])) == [1, 4, 9]
    with open_record(str(tmp_path / ".redun" / "redun.db")) as record:
        (job,) = record.jobs(task="driver_sessions.square")
        assert job.tags["spark_application"][0].startswith("local-")
        assert "squaring 3" in "".join(job.output.values())


@task(executor="spark")
def ask(query: str) -> Any:
    return get_spark_session().sql(query).first()[0]


@task(executor="spark")
def divide(number: int) -> list[float]:
    return get_spark_context().parallelize([number], 1).map(lambda divisor: 1 / divisor).collect()


def test_errors_are_those_of_the_query_and_of_the_function(scheduler: Scheduler) -> None:
    from pyspark.errors import AnalysisException

    with pytest.raises(AnalysisException, match="no_such_table"):
        scheduler.run(ask("SELECT * FROM no_such_table"))
    with pytest.raises(Exception, match="ZeroDivisionError: division by zero"):
        scheduler.run(divide(0))
    assert scheduler.run(ask("SELECT 41 + 1")) == 42


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"executor_memory": "lots"},
            r"Task driver_sessions.ask: the option executor_memory must be an amount",
        ),
        ({"spark_conf": "{"}, r"Task driver_sessions.ask: the option spark_conf is no JSON .* write it like"),
        ({"submit": "mail"}, r"the option submit must be session, spark-submit or connect, not 'mail'"),
        (
            {"spark_conf": {"spark.sql.shuffle.partitions": "many"}},
            "Spark does not take spark.sql.shuffle.part",
        ),
    ],
)
def test_wrong_options_are_told(scheduler: Scheduler, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ExecutorError, match=message) as raised:
        scheduler.run(ask.options(**options)("SELECT 1"))
    if "spark_conf" not in options or options["spark_conf"] == "{":
        # Found before there is a session: no frames of the executor stand above the message.
        assert "redun_executor_spark" not in user_traceback(raised.value)


@task(executor="spark")
def outer(nested: str) -> Any:
    inner = Scheduler(Config({"executors.spark": json.loads(nested)}))
    with inner:
        return inner.run(ask.options(check_valid="full")("SELECT 6 * 7"))


def test_a_body_may_run_a_scheduler_of_its_own(scheduler: Scheduler, spark_section: dict[str, str]) -> None:
    assert scheduler.run(outer(json.dumps(spark_section))) == 42
    other = {**spark_section, "app_name": "another"}
    with pytest.raises(
        ExecutorError, match=r"within another one that uses an application with other options"
    ):
        scheduler.run(outer(json.dumps(other)))


def spin(seconds: float) -> int:
    """Run a Spark job that takes as long."""

    def wait(number: int) -> int:
        time.sleep(seconds)
        return number

    return get_spark_context().parallelize(range(2), 2).map(wait).count()


@task(executor="spark")
def long_job(seconds: float, name: str) -> int:
    return spin(seconds)


def jobs_of_spark() -> list[int]:
    return list(get_spark_context().statusTracker().getActiveJobsIds())


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_a_timeout_cancels_the_jobs_of_a_call(scheduler: Scheduler) -> None:
    with pytest.raises(JobTimeoutError):
        scheduler.run(long_job.options(timeout=1)(600, "timeout"))
    until(lambda: not jobs_of_spark())
    assert scheduler.run(ask("SELECT 1")) == 1


def test_an_interruption_cancels_the_jobs_of_calls(open_scheduler: Callable[..., Scheduler]) -> None:
    with open_scheduler(max_workers="2") as scheduler:

        def interrupt() -> None:
            until(jobs_of_spark)
            scheduler.interrupt(2)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(ExecutionInterrupted):
            scheduler.run([long_job(600, str(number)) for number in range(4)])
        thread.join()
        assert not jobs_of_spark()
        assert scheduler.run(ask("SELECT 2")) == 2


def test_outside_of_a_task_it_is_the_session_of_the_program(scheduler: Scheduler) -> None:
    application = scheduler.run(describe(1, 2))["application"]
    assert get_spark_context().applicationId == application
    assert get_spark_session().range(3).count() == 3
