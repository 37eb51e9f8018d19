"""The Spark session of the body that runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from redun.errors import ExecutorError

from redun_executor_spark.options import Application

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    from redun_executor_spark.running import Running

__all__ = ["get_num_workers", "get_spark_context", "get_spark_session", "running_here", "running_in"]

_starting = Lock()
_here: ContextVar[tuple[Running, SparkSession] | None] = ContextVar("redun_spark", default=None)


@contextmanager
def running_in(running: Running, session: SparkSession) -> Iterator[None]:
    """Run a body in an application, with a session of its own, while the context lasts."""
    token = _here.set((running, session))
    try:
        yield
    finally:
        _here.reset(token)


def running_here() -> Running | None:
    """Return the application that the body of this thread runs in; None outside of one."""
    found = _here.get()
    return None if found is None else found[0]


def get_spark_session() -> SparkSession:
    """Return the Spark session of the task that runs.

    Each call of a task has a session of its own: temporary views and properties of SQL are not shared with others.
    Outside of a task that runs on Spark it is the program's session, which is started on this machine if there is none.

    Raises
    ------
    ExecutorError
        The task runs on a worker of Spark (`mode="worker"`), where there is no session.

    Examples
    --------
    .. code-block:: python

        @task(executor="spark")
        def count(path: str) -> int:
            return get_spark_session().read.text(path).count()
    """
    found = _here.get()
    if found is not None:
        return found[1]
    _refuse_on_workers()
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    with _starting:
        context = SparkContext._active_spark_context
        if (context is None or context._jsc is None) and "SPARK_REMOTE" not in os.environ:
            return _started()
        return SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()


def get_spark_context() -> SparkContext:
    """Return the Spark context of the task that runs: what RDDs, broadcast variables and accumulators are made with.

    Raises
    ------
    ExecutorError
        The task runs on a worker of Spark, or uses Spark Connect, where there is none.
    """
    found = _here.get()
    context = get_spark_session().sparkContext if found is None else found[0].context
    if context is None:
        raise ExecutorError(
            "There is no SparkContext with Spark Connect: use get_spark_session() and DataFrames, or a cluster by its "
            "own master."
        )
    return context


def get_num_workers() -> int:
    """Return how many executors the application has; 1 where it runs on this machine alone."""
    executors = get_spark_context()._jsc.sc().statusTracker().getExecutorInfos()
    # The driver is among them.
    return max(1, len(executors) - 1)


def _refuse_on_workers() -> None:
    pyspark: Any = sys.modules.get("pyspark")
    if pyspark is not None and pyspark.TaskContext.get() is not None:
        raise ExecutorError(
            "There is no Spark session on a worker of Spark: the task must run as a driver, with its option mode left "
            'out or mode="driver".'
        )


def _started() -> SparkSession:
    """Start the program's own session, in a thread: in the main thread pyspark would take over Ctrl-C."""
    found: list[SparkSession | BaseException] = []

    def start() -> None:
        from redun_executor_spark.launching import launch

        try:
            found.append(launch(Application(), None).spark)
        except BaseException as error:
            found.append(error)

    thread = Thread(target=start, name="redun-spark-start")
    thread.start()
    thread.join()
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]
