"""The command line of spark-submit, for each kind of cluster; and what is refused before anything starts."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from redun.errors import ExecutorError
from redun_executor_spark.options import SparkOptions, read_options
from redun_executor_spark.submitters.command_line import check, command_line, kill_command, properties_of


def options(**given: Any) -> SparkOptions:
    return read_options("spark", {"submit": "spark-submit", **given}, {}, "/project", "flow.count")


def words(
    given: SparkOptions, runtime: str | None = None, **environment: str
) -> tuple[list[str], dict[str, str]]:
    """Return the command without its file of properties, and those."""
    command = command_line(
        "spark-submit",
        given,
        "main.py",
        ["{}", "URL"],
        name="flow.count",
        properties="p.conf",
        runtime=runtime,
    )
    assert "--conf" not in command
    command.remove("p.conf")
    command.remove("--properties-file")
    return command, properties_of(given, "3f2a", environment)


def test_all_options_of_a_standalone_cluster() -> None:
    given = options(
        master="spark://head:7077",
        app_name="nightly count",
        spark_conf={
            "spark.task.maxFailures": 8,
            "spark.sql.ansi.enabled": True,
            "spark.eventLog.dir": "a b=c",
        },
        packages="org.apache.spark:spark-avro_2.13:4.0.0",
        jars=["lib/a.jar", "/lib/b.jar"],
        py_files="lib.zip,other.py",
        files="table.csv",
        archives="env.tar.gz#env",
        executor_memory=3,
        executor_cores=2,
        num_executors=4,
        driver_memory="1500m",
        driver_cores=2,
    )
    assert words(given) == (
        [
            *(
                "spark-submit",
                "--master",
                "spark://head:7077",
                "--deploy-mode",
                "client",
                "--name",
                "nightly count",
            ),
            *("--py-files", "/project/lib.zip,/project/other.py", "--files", "/project/table.csv"),
            *("--archives", "/project/env.tar.gz#env", "main.py", "{}", "URL"),
        ],
        {
            "spark.cores.max": "8",
            "spark.driver.cores": "2",
            "spark.driver.memory": "1500m",
            "spark.eventLog.dir": "a b=c",
            "spark.executor.cores": "2",
            "spark.executor.instances": "4",
            "spark.executor.memory": "3g",
            "spark.jars": "/project/lib/a.jar,/lib/b.jar",
            "spark.jars.packages": "org.apache.spark:spark-avro_2.13:4.0.0",
            "spark.pyspark.driver.python": sys.executable,
            "spark.sql.ansi.enabled": "true",
            "spark.task.maxFailures": "8",
        },
    )


def test_on_this_machine_spark_stays_on_loopback_with_this_python() -> None:
    _, conf = words(options(master="local[2]", spark_conf={"spark.driver.host": "10.0.0.7"}))
    assert conf == {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "10.0.0.7",
        "spark.pyspark.driver.python": sys.executable,
        "spark.pyspark.python": sys.executable,
    }


def test_a_driver_on_yarn_gets_what_it_needs_and_can_be_ended() -> None:
    given = options(
        master="yarn", deploy_mode="cluster", spark_conf={"spark.yarn.tags": "team-a"}, py_files="lib.py"
    )
    bare, conf = words(given, runtime="/cache/runtime.zip", AWS_DEFAULT_REGION="eu-west-1")
    assert bare[:7] == [
        "spark-submit",
        "--master",
        "yarn",
        "--deploy-mode",
        "cluster",
        "--name",
        "flow.count",
    ]
    assert bare[7:9] == ["--py-files", "/cache/runtime.zip,/project/lib.py"]
    assert conf == {
        "spark.yarn.appMasterEnv.AWS_DEFAULT_REGION": "eu-west-1",
        "spark.yarn.tags": "team-a,redun-3f2a",
    }
    told = kill_command("spark-submit", given.application, "3f2a", "application_1700000000000_0007")
    assert told == ["yarn", "application", "-kill", "application_1700000000000_0007"]
    assert kill_command("spark-submit", given.application, "3f2a", "") is None


def test_a_driver_on_kubernetes_is_a_pod_that_can_be_ended() -> None:
    conf = {"spark.kubernetes.namespace": "flows", "spark.kubernetes.file.upload.path": "s3a://bucket/up"}
    given = options(master="k8s://https://api:6443", deploy_mode="cluster", spark_conf=conf)
    check(given.application, "flow.count")
    _, found = words(given, REDUN_S3="{}")
    assert found == {
        **conf,
        "spark.kubernetes.driver.pod.name": "redun-3f2a-driver",
        "spark.kubernetes.driverEnv.REDUN_S3": "{}",
    }
    told = kill_command("/spark/bin/spark-submit", given.application, "3f2a", "")
    assert told == [
        *("/spark/bin/spark-submit", "--master", "k8s://https://api:6443"),
        *("--kill", "flows:redun-3f2a-driver"),
    ]


@pytest.mark.parametrize(
    ("master", "told"),
    [
        (
            "local[4]",
            r"Task flow.count: with master = local\[4\] there is no cluster .* leave deploy_mode = cluster out",
        ),
        (
            "spark://head:7077",
            "Task flow.count: Spark's standalone clusters .* run no drivers in Python; leave",
        ),
        (
            "k8s://https://api:6443",
            "Task flow.count: .* needs spark.kubernetes.file.upload.path, .* Set it in spark_conf",
        ),
    ],
)
def test_what_spark_cannot_do_is_refused(master: str, told: str) -> None:
    with pytest.raises(ExecutorError, match=told):
        check(options(master=master, deploy_mode="cluster").application, "flow.count")
    check(options(master=master).application, "flow.count")
