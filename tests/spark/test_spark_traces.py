"""What is recorded of the application that ran a call, and where the links lead."""

from __future__ import annotations

import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import warm
from redun import Scheduler, task
from redun.config import Config
from redun.errors import ConfigError
from redun.recorder.reader import open_reader
from redun_executor_spark import get_spark_session
from redun_executor_spark.executor import SparkExecutor
from redun_executor_spark.traces import Traces, in_ranges
from services.spark import spark_history

redun_namespace = "traced"


@task(executor="spark")
def rows(number: int) -> int:
    print("counting", number)
    return get_spark_session().range(number).count()


@task(executor="spark", mode="worker")
def square(number: int) -> int:
    return number * number


@task(executor="spark")
def wrong() -> int:
    return get_spark_session().sql("SELECT nowhere FROM range(3)").count()


@task
def both() -> list[Any]:
    return [rows(5), [square(number) for number in range(3)]]


@pytest.fixture
def tagged(tmp_path: Path, spark_section: Mapping[str, Any]) -> Iterator[Callable[[Any], dict[str, Any]]]:
    """Return a function that evaluates an expression and returns the tags of jobs by the names of their tasks."""
    config = Config(configdir=tmp_path)
    config.read_dict({"backend": {"db_uri": "sqlite:///redun.db"}, "executors.spark": dict(spark_section)})
    with Scheduler(config) as scheduler:

        def evaluate(expression: Any) -> dict[str, Any]:
            try:
                scheduler.run(expression)
            finally:
                scheduler.close()
            return tags_of(tmp_path / "redun.db")

        yield evaluate


def tags_of(database: Path) -> dict[str, Any]:
    from redun.recorder.ids import job_tag_id

    with open_reader(database) as reader:
        jobs = reader.jobs(reader.executions(1)[0].key)
        found = {job.task: reader.tags("job", [job_tag_id(job.execution_id, job.number)]) for job in jobs}
    return {name: next(iter(tags.values()), {}) for name, tags in found.items()}


def seen_by(server: str, application: str) -> None:
    """Wait until a history server has read the log of an application."""
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{server}/api/v1/applications/{application}", timeout=60).close()
        except urllib.error.HTTPError:
            assert time.monotonic() < deadline, "the history server does not know the application"
            time.sleep(0.5)
        else:
            return


def test_calls_are_tagged_with_their_application(tagged: Callable[[Any], dict[str, Any]]) -> None:
    tags = tagged(both())
    assert "spark_application" not in tags["traced.both"]
    (application,) = tags["traced.rows"]["spark_application"]
    assert application.startswith("local-")
    assert tags["traced.square"]["spark_application"] == [application]
    assert re.fullmatch(r"\d+([, -]+\d+)*", tags["traced.rows"]["spark_jobs"][0])
    # It has no pages.
    assert "spark_ui" not in tags["traced.rows"]


def test_links_lead_to_the_jobs_of_a_call() -> None:
    traces = Traces("app-7", "2", "http://driver:4040", "s3://logs/app-7", "http://yarn:19888/")
    assert traces.tags([3]) == {
        "spark_application": "app-7",
        "spark_ui": "http://driver:4040/jobs/job/?id=3",
        "spark_history": "http://yarn:19888/history/app-7/2/jobs/job/?id=3",
        "spark_event_log": "s3://logs/app-7",
        "spark_jobs": "3",
    }
    assert traces.tags([3, 4, 9])["spark_ui"] == "http://driver:4040/jobs/"
    assert traces.tags()["spark_ui"] == "http://driver:4040"
    assert traces.tags(address="https://h")["spark_history"] == "https://h/history/app-7/2"
    assert Traces("app-8").tags() == {"spark_application": "app-8"}
    assert in_ranges([]) == ""


def test_a_history_server_has_a_web_address() -> None:
    with pytest.raises(
        ConfigError, match=r"\[executors.spark\] history_url must be the address of a history server"
    ):
        SparkExecutor("spark", {"history_url": "spark-history:18080"})


@pytest.mark.slow
@pytest.mark.usefixtures("quick_java")
def test_links_of_the_record_open(project: Any, tmp_path: Path) -> None:
    events = tmp_path / "events"
    events.mkdir()
    with spark_history(events) as history:
        conf = {"spark.ui.enabled": "true", "spark.ui.port": "0", "spark.eventLog.enabled": "true"}
        conf["spark.eventLog.dir"] = events.as_uri()
        project.configure(spark_conf=conf, history_url=history.url)
        with open(project.folder / ".redun" / "redun.ini", "a") as configuration:
            configuration.write("[backend]\ndb_uri = sqlite:///redun.db\n")
        project.write(
            """
            import urllib.request
            from redun import Scheduler, task
            from redun.config import load_config
            from redun_executor_spark import get_spark_session

            redun_namespace = "linked"

            @task(executor="spark")
            def rows():
                return get_spark_session().range(7).count()

            @task(executor="spark")
            def look(n):
                page = get_spark_session()._sc.uiWebUrl
                return urllib.request.urlopen(page + "/jobs/", timeout=60).status

            if __name__ == "__main__":
                with Scheduler(load_config(".redun")) as scheduler:
                    print(scheduler.run(look(rows())))
            """
        )
        assert project.run() == "200\n"
        tags = tags_of(project.folder / ".redun" / "redun.db")["linked.rows"]
        (application,) = tags["spark_application"]
        assert tags["spark_event_log"] == [f"{events.as_uri()}/{application}"]
        assert re.fullmatch(r"http://[\w.]+:\d+/jobs/(job/\?id=\d+)?", tags["spark_ui"][0])
        (link,) = tags["spark_history"]
        seen_by(history.url, application)
        with urllib.request.urlopen(link, timeout=60) as page:
            shown = page.read().decode()
        assert f"/history/{application}/jobs/" in shown
        assert "rows" in shown
        shown = warm.run(
            [Path(sys.executable).with_name("redun"), "log", "-.2"],
            cwd=project.folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert f"\nLinks:\n  spark_history: {link}\n" in shown
