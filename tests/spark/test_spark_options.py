"""What sections and tasks may say of an application, and what they are told if it makes no sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from redun.config import Config
from redun.errors import ConfigError, ExecutorError
from redun_executor_spark.executor import SparkExecutor
from redun_executor_spark.options import read_options


def read(section: dict[str, Any] | None = None, **task_options: Any) -> Any:
    return read_options("spark", section or {}, task_options, "/project", "flow.clean")


def test_a_task_says_more_than_its_executor() -> None:
    options = read(
        {
            "master": "spark://here:7077",
            "executor_memory": "2",
            "files": "a.txt, s3a://b/c.txt\n",
            "spark_conf": '{"spark.sql.ansi.enabled": false, "spark.task.cpus": 1, "spark.sql.warehouse.dir": "/w"}',
        },
        executor_memory="512m",
        executor_cores=4,
        num_executors=3,
        spark_conf={"spark.task.cpus": 2},
        packages=["org.x:y:1"],
    )
    assert options.sql_conf == (("spark.sql.ansi.enabled", "false"),)
    assert options.application.files == ("/project/a.txt", "s3a://b/c.txt")
    assert options.application.properties() == {
        "spark.app.name": "redun",
        "spark.executor.memory": "512m",
        "spark.executor.cores": "4",
        "spark.executor.instances": "3",
        "spark.cores.max": "12",
        "spark.jars.packages": "org.x:y:1",
        "spark.sql.warehouse.dir": "/w",
        "spark.task.cpus": "2",
    }


def test_options_of_older_workflows_and_of_all_executors_have_their_meaning() -> None:
    options = read(
        {"master": "yarn"},
        memory=8,
        vcpus=1.5,
        workers="10",
        extra_files=["a.txt"],
        extra_py_files=["/b.py"],
        additional_libs=["pandas"],
    ).application
    assert (options.executor_memory, options.executor_cores, options.num_executors) == ("8g", 2, 10)
    assert (options.files, options.py_files) == (("/project/a.txt",), ("/b.py",))
    assert read({"master": "yarn", "executor_memory": "1g"}, memory=8).application.executor_memory == "8g"


def test_what_means_nothing_on_one_machine_keeps_calls_together() -> None:
    assert read(memory=8, vcpus=4, workers=3) == read()
    assert read({"master": "local-cluster[2,1,1024]"}, memory=8) != read(
        {"master": "local-cluster[2,1,1024]"}
    )


@pytest.mark.parametrize(
    ("section", "task_options", "message"),
    [
        (
            {"executor_memory": "4x"},
            {},
            r"\[executors.spark\] executor_memory must be an amount .* not \'4x\'",
        ),
        (
            {},
            {"executor_cores": 0},
            "Task flow.clean: the option executor_cores must be a positive number, not 0",
        ),
        ({}, {"num_executors": 1.5}, "the option num_executors must be a positive whole number, not 1.5"),
        ({}, {"spark_conf": "[1]"}, "the option spark_conf must be a mapping of Spark's properties"),
        ({}, {"spark_conf": {"a": None}}, "the option spark_conf must hold texts and numbers, not 'a': None"),
        ({}, {"packages": [1]}, r"the option packages must be a list of texts"),
        ({}, {"deploy_mode": "both"}, "deploy_mode must be client or cluster, not 'both'"),
        (
            {},
            {"deploy_mode": "cluster"},
            "deploy_mode is cluster, which needs submit = spark-submit, not session",
        ),
        (
            {},
            {"submit": "connect"},
            r"submit is connect, which needs .* master = sc://HOST:PORT, not 'local\[\*\]'",
        ),
        (
            {"master": "sc://h"},
            {"submit": "session"},
            "submit is session, but the master sc://h is a server of Spark",
        ),
    ],
)
def test_what_makes_no_sense_is_told(
    section: dict[str, Any], task_options: dict[str, Any], message: str
) -> None:
    with pytest.raises((ConfigError, ExecutorError), match=message):
        read(section, **task_options)


def test_servers_of_spark_connect_are_known_by_their_address() -> None:
    assert read(master="sc://host:15002").application.submit == "connect"
    assert read(spark_conf={"spark.remote": "sc://host"}).application.master == "sc://host"


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("mode", "both", "it must be driver or worker, not 'both'"),
        ("max_workers", "none", "it must be a positive integer, not 'none'"),
        ("keep_session", "perhaps", "it must be true or false, not 'perhaps'"),
        ("driver_memory", "much", "it must be an amount of memory"),
    ],
)
def test_a_section_is_looked_at_when_the_executor_is_made(
    tmp_path: Path, option: str, value: str, message: str
) -> None:
    path = tmp_path / "redun.ini"
    path.write_text(f"[executors.spark]\ntype = spark\n{option} = {value}\n")
    config = Config()
    config.read_path(str(path))
    with pytest.raises(ConfigError, match=message) as caught:
        SparkExecutor("spark", config.section("executors.spark"))
    assert "redun.ini, line 3" in str(caught.value)
