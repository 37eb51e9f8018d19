"""What this distribution supplies, as redun asks for it; imports nothing of Spark."""

from __future__ import annotations

from redun.plugin import ExecutorSpec, hookimpl

REDUN_API = 1


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
