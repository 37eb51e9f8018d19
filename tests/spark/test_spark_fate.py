"""What Spark's failures are told as, from texts that real ones had (Spark 4.3, clusters with small executors)."""

from __future__ import annotations

import json
import pickle
import socket
from pathlib import Path

import pytest
from py4j.protocol import Py4JError, Py4JNetworkError
from pyspark.errors.exceptions.captured import AnalysisException
from redun.errors import ExecutorError, JobCancelledError, JobLostError, JobMemoryError
from redun_executor_spark.fate import fate_of, fate_of_exit
from redun_executor_spark.plain_errors import plain

TEXTS = json.loads((Path(__file__).parent / "failures.json").read_text())


class FromJava(Py4JError):
    """As `Py4JJavaError`, whose text its JVM has to be asked for."""

    __module__ = "py4j.protocol"

    def __init__(self, text, alive=True):
        self.errmsg = "An error occurred while calling o7.count.\n"
        self.text = text
        self.alive = alive

    def __str__(self):
        if not self.alive:
            raise ConnectionRefusedError("no JVM")
        return self.text


@pytest.mark.parametrize(
    ("name", "cause", "error", "said"),
    [
        (
            "executor_oom",
            "memory",
            JobMemoryError,
            "an executor of Spark ran out of memory (ExecutorLostFailure",
        ),
        ("executor_kill9", "memory", JobMemoryError, "seems to have run out of memory"),
        ("driver_oom", "memory", JobMemoryError, "driver of Spark ran out of memory (Java heap space)"),
        ("driver_oom2", "memory", JobMemoryError, "option executor_memory"),
        ("py_memory", "memory", JobMemoryError, "(MemoryError)"),
        ("context_stopped", "lost", JobLostError, "(Job 11 cancelled because SparkContext was shut down)"),
        ("after_stop", "lost", JobLostError, "(Cannot call methods on a stopped SparkContext)"),
        ("worker_exit", "lost", JobLostError, "(Python worker exited unexpectedly (crashed), on 127.0.0.1"),
        ("worker_kill", "lost", JobLostError, "Task flow.clean: Spark lost what it ran on"),
        ("cancel_group", "cancelled", JobCancelledError, "Job 6 cancelled part of cancelled job group g1)"),
        ("cancel_all", "cancelled", JobCancelledError, "its Spark job was cancelled"),
        ("connect_exit", "lost", JobLostError, "(Python worker exited unexpectedly (crashed), on localhost"),
        (
            "connect_oom",
            "memory",
            JobMemoryError,
            "an executor of Spark ran out of memory (Java heap space, on",
        ),
        ("connect_kill_exec", "memory", JobMemoryError, "seems to have run out of memory"),
        (
            "connect_interrupt",
            "cancelled",
            JobCancelledError,
            "([OPERATION_CANCELED] Operation has been canceled)",
        ),
    ],
)
def test_troubles_of_spark_become_errors_of_ours_with_a_cause(name, cause, error, said):
    fate = fate_of(FromJava(TEXTS[name]), task="flow.clean")
    assert fate.cause == cause
    assert type(fate.error) is error
    assert said in str(fate.error)
    assert "\n" not in str(fate.error)
    assert str(pickle.loads(pickle.dumps(fate.error))) == str(fate.error)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Reason: Container killed by YARN for exceeding physical memory limits. 5.5 GB of 5.5 GB used.", "memory"),
        ("The executor with id 1 exited with exit code 137(SIGKILL, possible container OOM).", "memory"),
        ("Container container_1 on host: a was preempted.", "preempted"),
        ("ExecutorLostFailure (executor 1 exited) Reason: Executor decommission.", "preempted"),
        ("Reason: Container released on a *lost* node", "lost"),
        ("Reason: Executor heartbeat timed out after 124388 ms", "lost"),
        ("Job aborted due to stage failure: ResultStage 4 has failed: FetchFailed(BlockManagerId(2))", "lost"),
    ],
)  # fmt: skip
def test_words_of_clusters_that_are_not_at_hand(text, cause):
    failure = FromJava(
        f"An error occurred while calling o7.count.\n: org.apache.spark.SparkException: {text}"
    )
    assert fate_of(failure, task="flow.clean").cause == cause


@pytest.mark.parametrize(
    "name", ["divide", "missing_file", "rdd_python", "udf_python", "connect_py", "connect_analysis"]
)
def test_mistakes_in_queries_and_functions_stay_what_they_are(name):
    error = FromJava(TEXTS[name])
    fate = fate_of(error, task="flow.clean")
    assert fate.cause == "error"
    assert isinstance(fate.error, FromJava)
    assert type(fate.error).__name__ == "FromJava"
    assert "pyspark" not in str(fate.error)
    assert "JVM stacktrace" not in str(fate.error)
    if "py" in name:
        assert '  File "/home/ana/flow.py", line 21, in boom\n' in str(fate.error)
        assert "\nValueError: bad row" in str(fate.error)


def test_an_error_about_memory_that_a_users_function_raised_is_the_users():
    text = "An exception was thrown from the Python worker:\nTraceback (most recent call last):\n" + (
        '  File "/home/ana/flow.py", line 3, in boom\nValueError: OutOfMemoryError: executor preempted'
    )
    fate = fate_of(FromJava(text), task="flow.clean")
    assert fate.cause == "error"
    assert "executor preempted" in str(fate.error)


def test_an_error_that_is_not_of_spark_is_handed_on():
    error = ConnectionRefusedError(111, "Connection refused")
    fate = fate_of(error, task="flow.clean")
    assert (fate.cause, fate.error) == ("error", error)


def test_a_gone_jvm_is_told_with_the_end_of_its_log():
    from py4j.java_gateway import GatewayClient, GatewayParameters

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = GatewayClient(gateway_parameters=GatewayParameters(port=port))
    try:
        client.send_command("m\nd\no0\ne\n")
    except Py4JNetworkError as refused:
        error = refused
    log = "26/11/23 09:53:55 INFO SparkContext: Running\n26/11/23 09:53:56 ERROR SparkUncaught: dying"
    fate = fate_of(error, task="flow.clean", log=log)
    assert fate.cause == "lost"
    assert "Task flow.clean: Spark lost what it ran on (its Java process no longer answers" in str(fate.error)
    assert str(fate.error).endswith("\nIts log ends:\n  " + log.replace("\n", "\n  "))
    dead = fate_of(error, task="flow.clean", log=log + "\njava.lang.OutOfMemoryError: Java heap space")
    assert dead.cause == "memory"
    assert 'option driver_memory, such as "4g"' in str(dead.error)


def test_a_connection_that_broke_below_the_library_is_the_jvms():
    namespace = {"__name__": "py4j.java_gateway"}
    exec("def send():\n    raise ConnectionResetError(104, 'Connection reset by peer')", namespace)
    try:
        namespace["send"]()
    except ConnectionResetError as error:
        fate = fate_of(error, task="flow.clean")
    assert fate.cause == "lost"
    assert "Connection reset by peer" in str(fate.error)


def test_what_is_raised_shows_the_users_frames_alone():
    namespace = {"__name__": "pyspark.sql.session"}
    exec("def count(text, kind):\n    raise kind(text)", namespace)
    try:
        namespace["count"](TEXTS["divide"], FromJava)
    except FromJava as error:
        told = fate_of(error, task="flow.clean").error
    assert told.__traceback__.tb_frame.f_code.co_name == "test_what_is_raised_shows_the_users_frames_alone"
    assert told.__traceback__.tb_next is None


def test_a_copy_of_an_error_answers_when_its_jvm_is_gone():
    class Captured(AnalysisException):
        __module__ = AnalysisException.__module__

        def __init__(self):
            pass

        def __str__(self):
            return "[PATH_NOT_FOUND] Path does not exist: file:/x."

        def getCondition(self):  # noqa: N802
            return "PATH_NOT_FOUND"

        def getSqlState(self):  # noqa: N802
            raise ConnectionRefusedError

    copy = plain(Captured())
    assert isinstance(copy, AnalysisException)
    assert str(copy) == copy.getMessage() == "[PATH_NOT_FOUND] Path does not exist: file:/x."
    assert copy.getCondition() == "PATH_NOT_FOUND"
    assert copy.getSqlState() is None


def test_an_error_whose_jvm_is_gone_already_is_told_by_what_is_left():
    fate = fate_of(FromJava("", alive=False), task="flow.clean")
    assert "An error occurred while calling o7.count." in str(fate.error)


@pytest.mark.parametrize(
    ("code", "output", "cause", "said"),
    [
        (1, "Traceback (most recent call last):\nImportError: no", "error", "spark-submit ended with exit code 1"),
        (137, "", "memory", "spark-submit ended with exit code 137"),
        (-9, "", "memory", "spark-submit ended with exit code -9"),
        (52, "", "memory", "option driver_memory"),
        (1, "ERROR: All masters are unresponsive! Giving up.", "lost", "Spark lost what it ran on"),
        (1, "Application application_1_2 was preempted", "preempted", "was taken away"),
        (None, "", "lost", "spark-submit ended"),
    ],
)  # fmt: skip
def test_how_a_submitted_application_ended(code, output, cause, said):
    fate = fate_of_exit(code, output, task="flow.clean")
    assert fate.cause == cause
    assert isinstance(fate.error, ExecutorError)
    assert said in str(fate.error)
    assert ("\nIt wrote:\n" in str(fate.error)) == bool(output)
