"""What this distribution supplies, as redun asks for it; imports nothing of Spark."""

from __future__ import annotations

from collections.abc import Mapping

from redun.plugin import ExecutorSpec, TaskOptionSpec, hookimpl

REDUN_API = 1

_TEXT = (str, type(None))
_WORDS = (str, list, tuple, type(None))
_COUNT = (int, float, str, type(None))


@hookimpl
def redun_executors() -> list[ExecutorSpec]:
    """Supply `type = spark`."""
    return [
        ExecutorSpec(
            "spark",
            "redun_executor_spark.executor:SparkExecutor",
            "Apache Spark: a task drives an application, or many run on its workers.",
        )
    ]


@hookimpl
def redun_task_options() -> list[TaskOptionSpec]:
    """Declare what tasks may say over the section of their executor."""
    return [
        TaskOptionSpec(
            "master", _TEXT, "Where Spark runs: `local[4]`, `spark://…`, `yarn`, `k8s://…` or `sc://…`."
        ),
        TaskOptionSpec("submit", _TEXT, "How a driver gets there: `session`, `spark-submit` or `connect`."),
        TaskOptionSpec("deploy_mode", _TEXT, "Where spark-submit runs the driver: `client` or `cluster`."),
        TaskOptionSpec("app_name", _TEXT, "Name of the Spark application."),
        TaskOptionSpec("spark_conf", (Mapping, str, type(None)), "Properties of Spark."),
        TaskOptionSpec("packages", _WORDS, "Maven coordinates of JVM packages."),
        TaskOptionSpec("jars", _WORDS, "Jars on the class path of the driver and the executors."),
        TaskOptionSpec("py_files", _WORDS, "Python modules and archives for the executors."),
        TaskOptionSpec("files", _WORDS, "Files that are put beside each executor."),
        TaskOptionSpec("archives", _WORDS, "Archives that are unpacked beside each executor."),
        TaskOptionSpec("executor_memory", _COUNT, "Memory of an executor: `4g`, or a number of GB."),
        TaskOptionSpec("executor_cores", _COUNT, "Processors of an executor."),
        TaskOptionSpec("num_executors", _COUNT, "Number of executors."),
        TaskOptionSpec("driver_memory", _COUNT, "Memory of the driver: `4g`, or a number of GB."),
        TaskOptionSpec("driver_cores", _COUNT, "Processors of the driver, where the cluster runs it."),
        TaskOptionSpec("dataset_path", _TEXT, "Folder or URL that a DataFrame in the result is written to."),
        TaskOptionSpec("dataset_format", _TEXT, "Format that it is written in."),
    ]
