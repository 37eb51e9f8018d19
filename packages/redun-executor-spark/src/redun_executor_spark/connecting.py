"""A session at a server of Spark Connect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.errors import ExecutorError

from redun_executor_spark.running import Running

if TYPE_CHECKING:
    from redun_executor_spark.options import Application

__all__ = ["connect"]


def connect(application: Application) -> Running:
    """Open a session at a server.

    Raises
    ------
    ExecutorError
        There is none, or what speaks its protocol is not installed.
    """
    try:
        from pyspark.sql.connect.session import SparkSession
    except Exception as error:
        raise ExecutorError(
            f"Spark Connect at {application.master} needs packages that are missing ({error}): "
            "pip install 'redun-executor-spark[connect]'."
        ) from error
    try:
        spark = SparkSession.builder.remote(application.master).create()
    except Exception as error:
        raise ExecutorError(f"There is no session at {application.master}: {error}") from error
    return Running(application, spark, None)
