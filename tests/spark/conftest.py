"""Spark on this machine: one session of two threads that all tests share, and one cluster for those that ask for it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
import warm
from services.spark import (
    JAVA_OPTIONS,
    ConnectServer,
    SparkCluster,
    environment,
    spark_cluster,
    spark_connect,
)
from services.spark_classes import spark_classes

CONF = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
}


# What redun keeps among the temporary files from run to run.
KEPT = re.compile(r"redun-(code|spark|spark-logs)-\d+")


@pytest.fixture(scope="session", autouse=True)
def thrifty_java(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every JVM started from here is thrifty and on loopback; temporary files go with the tests."""
    folder = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("SPARK_", "PYSPARK_"))]:
            patch.delenv(name)
        for name, value in environment().items():
            patch.setenv(name, value)
        patch.setenv("JAVA_TOOL_OPTIONS", f"{JAVA_OPTIONS} -Djava.io.tmpdir={folder}")
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", str(folder))
        yield
    # A JVM that was killed, or still runs, leaves other names.
    left = [entry.name for entry in folder.iterdir() if entry.name.startswith(("redun", "tmp"))]
    assert not [name for name in left if not KEPT.fullmatch(name)]


@pytest.fixture(scope="session")
def quick_java(thrifty_java: None) -> Iterator[None]:
    """JVMs that start from now on find Spark's classes loaded; for tests that start several."""
    with spark_classes() as options, pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_TOOL_OPTIONS", options)
        yield


def section(master: str = "local[2]", **options: Any) -> dict[str, str]:
    """Return a section `[executors.NAME]`; `spark_conf` is added to what all tests set.

    Tests with equal masters and settings share a session, which stays until pytest ends.
    """
    conf = {**({} if master.startswith("sc:") else CONF), **options.pop("spark_conf", {})}
    chosen = {
        "type": "spark",
        "master": master,
        "keep_session": "true",
        "spark_conf": json.dumps(conf),
        **options,
    }
    return {name: str(value) for name, value in chosen.items()}


@pytest.fixture(scope="session")
def spark_section() -> dict[str, str]:
    """The section of an executor whose session, `local[2]` in this process, all tests share."""
    return section()


@pytest.fixture(scope="session")
def _cluster(quick_java: None) -> Iterator[SparkCluster]:
    with spark_cluster(workers=2) as cluster:
        yield cluster


@pytest.fixture
def cluster(_cluster: SparkCluster) -> SparkCluster:
    """The standalone cluster that all tests share; whatever the test before has killed runs again."""
    _cluster.mend()
    return _cluster


@pytest.fixture(scope="session")
def connect_server(quick_java: None) -> Iterator[ConnectServer]:
    """The Spark Connect server that all tests share."""
    with spark_connect() as server:
        yield server


@attrs.frozen
class Project:
    """A folder with a workflow, run by `python workflow.py` in a process of its own."""

    folder: Path

    def configure(self, master: str = "local[2]", **options: Any) -> None:
        """Write `redun.ini` with an executor `spark`, whose session ends with the process."""
        lines = ["[executors.spark]"]
        lines += [
            f"{name} = {value}"
            for name, value in section(master, **{"keep_session": "false", **options}).items()
        ]
        (self.folder / ".redun").mkdir(exist_ok=True)
        (self.folder / ".redun" / "redun.ini").write_text("\n".join(lines) + "\n")

    def write(self, code: str, name: str = "workflow.py") -> None:
        """Write a module."""
        (self.folder / name).write_text(textwrap.dedent(code))

    def start(self, *arguments: str, python: str = sys.executable) -> subprocess.Popen[str]:
        """Start the workflow, in a process group of its own."""
        return warm.Popen(
            [python, "workflow.py", *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, python: str = sys.executable, timeout_s: float = 240) -> str:
        """Run the workflow and return what it printed."""
        process = self.start(*arguments, python=python)
        try:
            printed, complaints = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            printed, complaints = process.communicate()
            pytest.fail(f"still running after {timeout_s} s\n{printed}{complaints}")
        assert process.returncode == 0, printed + complaints
        return printed


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a project of its own, on `local[2]` unless configured otherwise."""
    folder = tmp_path / "project"
    folder.mkdir()
    made = Project(folder)
    made.configure()
    return made
