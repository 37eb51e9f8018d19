"""What becomes of calls when Spark fails under them: causes, retries, errors that can be caught and shown."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import AnalysisException
from redun import Scheduler, catch, task
from redun.config import Config
from redun.errors import JobCancelledError, JobLostError, JobMemoryError
from redun.recorder.reader import open_reader
from redun.recorder.reader_attempts import attempts_of_job
from redun_executor_spark import get_spark_context, get_spark_session

redun_namespace = "troubles"


def vanish(mark: str, number: int) -> int:
    """Take the Python worker down, unless somebody did so before."""
    if not os.path.exists(mark):
        Path(mark).touch()
        os._exit(3)
    return number


@task(executor="spark", retries=1, retry_on=["lost"], retry_delay=0)
def lose_once(mark: str) -> int:
    return get_spark_context().parallelize(range(4), 1).map(lambda number: vanish(mark, number)).sum()


@task(executor="spark", retries=1, retry_on=["memory"], retry_delay=0)
def too_much() -> list[int]:
    def fill(number: int) -> int:
        raise MemoryError

    return get_spark_context().parallelize(range(2), 1).map(fill).collect()


@task(executor="spark")
def misspelt() -> int:
    return get_spark_session().sql("SELECT nmae FROM VALUES ('Ada') AS people(name)").count()


@task
def told(error: AnalysisException) -> list[str]:
    return [type(error).__name__, str(error.getCondition()), str(error)]


@task(executor="spark")
def bad_row() -> list[Any]:
    from pyspark.sql.functions import udf

    def check(number: int) -> int:
        raise ValueError(f"row {number} is bad")

    return get_spark_session().range(1).select(udf(check, "long")("id")).collect()


@task(executor="spark")
def cancelled(mark: str) -> int:
    from time import sleep

    context = get_spark_context()

    def wait(number: int) -> int:
        Path(mark).touch()
        sleep(300)
        return number

    def cancel() -> None:
        while not os.path.exists(mark):
            sleep(0.05)
        context.cancelAllJobs()

    threading.Thread(target=cancel, daemon=True).start()
    return context.parallelize(range(1), 1).map(wait).sum()


@pytest.fixture
def run(tmp_path: Path, spark_section: Mapping[str, Any]) -> Iterator[Callable[[Any], Any]]:
    """Return a function that evaluates an expression, recorded in `tmp_path`."""
    config = Config(configdir=tmp_path)
    config.read_dict({"backend": {"db_uri": "sqlite:///redun.db"}, "executors.spark": dict(spark_section)})
    with Scheduler(config) as scheduler:
        yield scheduler.run


def causes(folder: Path) -> list[str]:
    """Return the causes of the attempts of the last execution's first job."""
    with open_reader(folder / "redun.db") as reader:
        (job,) = reader.jobs(reader.executions(1)[0].key)
        return [attempt.cause for attempt in attempts_of_job(reader, job)]


def test_a_lost_worker_is_tried_again(run: Callable[[Any], Any], tmp_path: Path) -> None:
    assert run(lose_once(str(tmp_path / "lost"))) == 6
    assert causes(tmp_path) == ["lost", ""]


@pytest.mark.slow
def test_what_is_lost_for_good_says_so(run: Callable[[Any], Any], tmp_path: Path) -> None:
    with pytest.raises(
        JobLostError, match=r"^Task troubles.lose_once: Spark lost .*Python worker exited unexpec"
    ):
        run(lose_once.options(retries=0)(str(tmp_path / "lost")))


@pytest.mark.slow
def test_memory_is_a_cause_of_its_own(run: Callable[[Any], Any], tmp_path: Path) -> None:
    with pytest.raises(JobMemoryError, match=r"Task troubles.too_much: .* out of memory \(MemoryError\)"):
        run(too_much())
    assert causes(tmp_path) == ["memory", "memory"]


@pytest.mark.slow
def test_errors_of_queries_are_caught_by_class(run: Callable[[Any], Any]) -> None:
    name, condition, text = run(catch(misspelt(), AnalysisException, told))
    assert (name, condition) == ("AnalysisException", "UNRESOLVED_COLUMN.WITH_SUGGESTION")
    assert "with name `nmae` cannot be resolved" in text
    assert "\n\tat " not in text


def test_an_error_in_a_function_shows_where_it_was_raised(run: Callable[[Any], Any]) -> None:
    with pytest.raises(Exception, match="ValueError: row 0 is bad") as raised:
        run(bad_row())
    assert 'raise ValueError(f"row {number} is bad")' in str(raised.value)
    assert "site-packages/pyspark" not in str(raised.value)


@pytest.mark.slow
def test_a_job_that_somebody_cancels_is_cancelled(run: Callable[[Any], Any], tmp_path: Path) -> None:
    with pytest.raises(JobCancelledError, match=r"Task troubles.cancelled: its Spark job was cancelled \("):
        run(cancelled(str(tmp_path / "begun")))
