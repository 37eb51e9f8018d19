"""Starting a Spark application in this process, and its end.

The JVM is a child of this process in a session of its own, so that Ctrl-C of the terminal does not reach it. It ends
when this process does, however that ends, for it reads from a pipe that this process holds open. What it writes goes to
a file. It outlives its application: the next one starts in it, unless it needs another JVM.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING, Any

from redun.errors import ExecutorError
from redun.logging import logger

from redun_executor_spark.java import java_environment
from redun_executor_spark.logs import new_log, tail
from redun_executor_spark.masters import check_master
from redun_executor_spark.options import LOCAL, Application
from redun_executor_spark.plain_errors import plain, text_of
from redun_executor_spark.reasons import in_short
from redun_executor_spark.running import Running

if TYPE_CHECKING:
    from pyspark import SparkContext

__all__ = ["launch", "stop"]

_OF_JVM = ("spark.driver.", "spark.jars", "spark.yarn.", "spark.kubernetes.")
"""Properties that a JVM must be started with; what it was started with, its later applications have too."""

_jvm: tuple[dict[str, str], str] = ({}, "")
"""The properties that our JVM was started with, and its log."""


def launch(application: Application, logs: str | None) -> Running:
    """Start an application, or use the session that the program started itself.

    Parameters
    ----------
    application : Application
    logs : str or None
        Folder for what the JVM writes; None for one of temporary files.

    Raises
    ------
    ExecutorError
        It does not start, or the program's own session is another one.
    """
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    active = SparkContext._active_spark_context
    if active is not None and active._jsc is not None:
        _check_same(application, active)
        return Running(application, SparkSession.builder.getOrCreate(), active, ours=False)
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        # The main program of an application that spark-submit has configured.
        spark = SparkSession.builder.getOrCreate()
        return Running(application, spark, spark.sparkContext, ours=False)
    check_master(application.master)
    log = ""
    try:
        gateway, log = _gateway(application, logs)
        context = _context(application, gateway)
        # Fails where the application ended right after its beginning, as when its cluster refused it.
        spark = SparkSession(context)
    except ExecutorError:
        raise
    except Exception as error:
        told = in_short(text_of(error)).rstrip(".")
        raise ExecutorError(
            f"Spark did not start with master {application.master}: {told}.{_end_of(log)}"
        ) from plain(error)
    return Running(application, spark, context, log=log)


def stop(running: Running) -> None:
    """End an application that we have started."""
    if running.ours:
        # The JVM may be gone; asked again, the context lets go of what it has in Python.
        with suppress(Exception):
            running.spark.stop()
        if running.context is not None:
            running.context.stop()


def _context(application: Application, gateway: Any) -> SparkContext:
    from pyspark import SparkConf, SparkContext

    conf = SparkConf()
    defaults = {
        "spark.ui.showConsoleProgress": "false",
        # Bodies at the same time share the cores, rather than wait for each other.
        "spark.scheduler.mode": "FAIR",
    }
    if application.local:
        # Whatever this machine is called, and whether or not the name is known to it.
        defaults |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    for key, value in defaults.items():
        conf.setIfMissing(key, value)
    for key, value in application.properties().items():
        conf.set(key, value)
    conf.setMaster(application.master)
    context = SparkContext(conf=conf, gateway=gateway)
    python = os.environ.get("PYSPARK_PYTHON") or context.getConf().get("spark.pyspark.python")
    if python:
        context.pythonExec = python
    elif application.master.startswith("local"):
        context.pythonExec = sys.executable
    try:
        for path in application.py_files:
            context.addPyFile(path)
        for path in application.files:
            context.addFile(path)
        for path in application.archives:
            context.addArchive(path)
    except BaseException:
        context.stop()
        raise
    return context


def _gateway(application: Application, logs: str | None) -> tuple[Any, str]:
    """Return the JVM to start an application in, and the path of its log."""
    global _jvm
    from pyspark import SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway

    needed = {key: value for key, value in application.properties().items() if key.startswith(_OF_JVM)}
    if application.master.startswith(("yarn", "k8s:")):
        needed["spark.master"] = application.master
    present = SparkContext._gateway
    if present is not None:
        had, log = _jvm
        if had == needed and _answers(present):
            return present, log
        _end_jvm(present)
    java = java_environment()
    log = new_log(logs)
    logger.info("Starting Spark at %s; its log is %s.", application.master, log)
    with open(log, "ab") as file, _environment(java):
        try:
            gateway = launch_gateway(
                _Properties(needed), {"stdout": file, "stderr": file, "start_new_session": True}
            )
        except PySparkRuntimeError as error:
            raise ExecutorError(f"The JVM of Spark ended before it was ready.{_end_of(log)}") from error
    _jvm = needed, log
    return gateway, log


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process for a while: pyspark's own are the only ones that it hands on."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class _Properties:
    """As much of a `SparkConf` as a JVM needs that is not there yet."""

    def __init__(self, properties: dict[str, str]) -> None:
        self._properties = properties

    def getAll(self) -> list[tuple[str, str]]:  # noqa: N802
        return list(self._properties.items())


def _answers(gateway: Any) -> bool:
    process = getattr(gateway, "proc", None)
    return process is None or process.poll() is None


def _end_jvm(gateway: Any) -> None:
    from pyspark import SparkContext

    with suppress(Exception):
        gateway.shutdown()
    process = getattr(gateway, "proc", None)
    if process is not None:
        process.stdin.close()
        try:
            process.wait(10)
        except TimeoutExpired:
            process.kill()
            process.wait()
    SparkContext._gateway = SparkContext._jvm = None


def _check_same(application: Application, context: SparkContext) -> None:
    conf = context.getConf()
    properties = application.properties()
    if application.name == Application().name:
        del properties["spark.app.name"]
    if application.master != LOCAL:
        properties["spark.master"] = application.master
    different = [
        f"{key} is {conf.get(key) or 'not set'} there and {value} here"
        for key, value in sorted(properties.items())
        if conf.get(key) != value
    ]
    lists = {"py_files": application.py_files, "files": application.files, "archives": application.archives}
    different += [f"{option} are only given here" for option, given in lists.items() if given]
    if different:
        raise ExecutorError(
            f"This process has a Spark session already that was started otherwise: {'; '.join(different)}. A process "
            "can have one only: start it as the options say, leave them out, or stop it before the first task on Spark."
        )


def _end_of(log: str) -> str:
    if not log:
        return ""
    lines = tail(log)
    return f" Its log {log} ends:\n{lines}" if lines else f" Its log {log} is empty."
