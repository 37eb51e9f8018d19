"""Apache Spark, from the pyspark of this environment: a standalone cluster, a Connect server, a history server.

Every master, worker and server is a process of its own on loopback, with ports that the kernel chose; executors are
children of their worker. Java is one of the machine.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import secrets
import signal
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from services.missing import missing, require
from services.server import running

__all__ = ["ClusterWorker", "ConnectServer", "HistoryServer", "SparkCluster"]
__all__ += ["environment", "spark_cluster", "spark_connect", "spark_history"]

# The compiler that begins at once and the collector of one thread: half the CPU time for a JVM that lives for seconds.
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
EXECUTOR = "CoarseGrainedExecutorBackend"
_MARK = "REDUN_SPARK_WORKER"


def environment(python: str = sys.executable) -> dict[str, str]:
    """Return the variables by which a driver, a master or a worker of Spark stays on loopback and is thrifty."""
    options = os.environ.get("JAVA_TOOL_OPTIONS", "")
    return {
        # Those of `spark_classes` begin so.
        "JAVA_TOOL_OPTIONS": options if options.startswith(JAVA_OPTIONS) else JAVA_OPTIONS,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "localhost",
        "PYSPARK_PYTHON": python,
    }


@contextlib.contextmanager
def spark_cluster(
    workers: int = 2,
    *,
    cores: int = 1,
    memory: str = "2g",
    python: str = sys.executable,
    settings: Mapping[str, str] | None = None,
) -> Iterator[SparkCluster]:
    """Run a standalone cluster: one master and some workers.

    Parameters
    ----------
    workers
        How many.
    cores, memory
        What each worker offers to executors; nothing is reserved.
    python
        The interpreter of Spark's Python workers.
    settings
        Settings of Spark for the master and the workers, such as `spark.worker.timeout`.

    Examples
    --------
    >>> with spark_cluster(workers=2) as cluster:  # doctest: +SKIP
    ...     session = SparkSession.builder.master(cluster.url).getOrCreate()
    """
    with contextlib.ExitStack() as stack:
        cluster = SparkCluster(
            stack.enter_context(folder_on_leash()), cores, memory, python, dict(settings or {})
        )
        stack.callback(cluster.stop)
        cluster.start(workers)
        yield cluster


@contextlib.contextmanager
def spark_connect(
    master: str = "local[2]", *, python: str = sys.executable, settings: Mapping[str, str] | None = None
) -> Iterator[ConnectServer]:
    """Run a Spark Connect server, whose Spark runs in its own process or on a cluster."""
    chosen = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": "0",
        **(settings or {}),
    }
    with folder_on_leash() as folder:
        log = folder / "connect.log"
        command = [_program("spark-submit"), "--master", master, "--name", "connect"]
        command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
        command += [word for name, value in chosen.items() for word in ("--conf", f"{name}={value}")]
        command.append("spark-internal")
        said = _Said(log, r"Spark Connect server started at: \S*?:(\d+)")
        with running(
            command, log=log, answers=said, environment=_environment(python, folder), seconds=120, grace=5
        ):
            yield ConnectServer(f"sc://127.0.0.1:{said.found}", log)


@contextlib.contextmanager
def spark_history(events: Path) -> Iterator[HistoryServer]:
    """Run a history server that shows the applications whose event logs lie in a folder."""
    with folder_on_leash() as folder:
        log = folder / "history.log"
        options = {"spark.history.fs.logDirectory": events.as_uri(), "spark.history.fs.update.interval": "1s"}
        options["spark.history.ui.port"] = "0"
        surroundings = _environment(sys.executable, folder)
        surroundings["SPARK_HISTORY_OPTS"] = " ".join(f"-D{name}={value}" for name, value in options.items())
        command = [_program("spark-class"), "org.apache.spark.deploy.history.HistoryServer"]
        said = _Said(log, r"Successfully started service '?HistoryServerUI'? on port (\d+)")
        with running(command, log=log, answers=said, environment=surroundings, seconds=120, grace=5):
            yield HistoryServer(f"http://127.0.0.1:{said.found}", log)


class ConnectServer:
    """A Spark Connect server; see `spark_connect`.

    Attributes
    ----------
    url : str
        ``sc://…``, as `SparkSession.builder.remote` takes it.
    log : Path
        What the server prints.
    """

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self.log = log


class HistoryServer:
    """A history server; see `spark_history`.

    Attributes
    ----------
    url : str
        Its pages.
    log : Path
        What the server prints.
    """

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self.log = log


class SparkCluster:
    """A standalone cluster; see `spark_cluster`.

    Attributes
    ----------
    url : str
        ``spark://…``, as `master` takes it.
    web : str
        The master's pages.
    workers : list of ClusterWorker
        All of them, dead or alive.
    folder : Path
        Holds the logs, and what workers keep of applications.
    """

    def __init__(self, folder: Path, cores: int, memory: str, python: str, settings: dict[str, str]) -> None:
        self.folder = folder
        self.workers: list[ClusterWorker] = []
        self.url = self.web = ""
        self.cores = cores
        self.memory = memory
        self._python = python
        self._settings = settings
        self._running = contextlib.ExitStack()

    def start(self, workers: int) -> None:
        """Start the master and its workers, and wait until it has them all."""
        log = self.folder / "master.log"
        master = [_program("spark-class"), "org.apache.spark.deploy.master.Master"]
        master += ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]
        url = _Said(log, r"Starting Spark master at (spark://\S+)")
        web = _Said(log, r"Successfully started service '?MasterUI'? on port (\d+)")
        serving = running(
            master,
            log=log,
            answers=lambda: url() and web(),
            environment=self.environment(),
            seconds=120,
            grace=5,
        )
        self._running.enter_context(serving)
        self.url, self.web = url.found, f"http://127.0.0.1:{web.found}"
        self.workers = [ClusterWorker(self, number) for number in range(workers)]
        self.mend()

    def mend(self) -> None:
        """Start the workers that are dead, and wait until the master has them all."""
        for worker in self.workers:
            worker.start()
        self.wait(lambda state: len(_alive(state)) == len(self.workers))

    def stop(self) -> None:
        """End everything."""
        for worker in self.workers:
            worker.kill()
        self._running.close()

    def state(self) -> dict[str, Any]:
        """Return what the master says of its workers and applications."""
        with urllib.request.urlopen(f"{self.web}/json/", timeout=10) as answer:
            state: dict[str, Any] = json.load(answer)
        return state

    def applications(self) -> list[str]:
        """Return the ids of the applications that run."""
        return [application["id"] for application in self.state()["activeapps"]]

    def wait(self, until: Callable[[dict[str, Any]], object], *, seconds: float = 120) -> None:
        """Wait until something is true of the state."""
        deadline = time.monotonic() + seconds
        while not until(state := self.state()):
            if time.monotonic() > deadline:
                raise RuntimeError(f"Spark's master still says after {seconds:g} s: {state}")
            time.sleep(0.05)

    def environment(self, **more: str) -> dict[str, str]:
        """Return the variables of a process of the cluster."""
        return {**_environment(self._python, self.folder, self._settings), **more}


class ClusterWorker:
    """A worker of a cluster.

    Attributes
    ----------
    log : Path
        What it prints.
    folder : Path
        Holds a folder for each application and executor, with the code that was sent and what the executor printed.
    """

    def __init__(self, cluster: SparkCluster, number: int) -> None:
        self.folder = cluster.folder / f"worker{number}"
        self.log = cluster.folder / f"worker{number}.log"
        self._cluster = cluster
        self._mark = ""
        self._running: AbstractContextManager[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return bool(self._running) and any(
            "deploy.worker.Worker" in line for line in self.processes().values()
        )

    def start(self) -> None:
        """Start it, unless it runs."""
        if self.alive:
            return
        self.kill()
        self._mark = secrets.token_hex(8)
        offer = ["--cores", str(self._cluster.cores), "--memory", self._cluster.memory]
        self._running = running(
            [
                *(_program("spark-class"), "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1"),
                *(*offer, "--webui-port", "0", "--work-dir", str(self.folder), self._cluster.url),
            ],
            log=self.log,
            answers=lambda: True,
            environment=self._cluster.environment(**{_MARK: self._mark}),
            grace=5,
        )
        self._running.__enter__()

    def processes(self) -> dict[int, str]:
        """Return the process ids and command lines of the worker, its executors and their Python."""
        return dict(_marked(self._mark)) if self._mark else {}

    def executors(self) -> list[int]:
        """Return the process ids of its executors."""
        return [pid for pid, line in self.processes().items() if EXECUTOR in line]

    def kill_executors(self) -> int:
        """Kill its executors as if they had crashed, and return how many; the worker starts others."""
        pids = self.executors()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(pids)

    def kill(self) -> None:
        """Kill it with all that it started, as if its machine had lost power."""
        while found := self.processes():
            for pid in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)
        if self._running is not None:
            self._running.__exit__(None, None, None)
            self._running = None


class _Said:
    """Whether a log says something yet, and what of it is wanted."""

    def __init__(self, log: Path, pattern: str) -> None:
        self.found = ""
        self._log = log
        self._pattern = re.compile(pattern)

    def __call__(self) -> bool:
        said = self._pattern.search(self._log.read_text(errors="replace"))
        self.found = said[1] if said else ""
        return bool(said)


def _alive(state: dict[str, Any]) -> list[dict[str, Any]]:
    return [worker for worker in state["workers"] if worker["state"] == "ALIVE"]


def _marked(mark: str) -> Iterator[tuple[int, str]]:
    line = f"{_MARK}={mark}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if line in (folder / "environ").read_bytes().split(b"\0"):
                yield (
                    int(folder.name),
                    (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"),
                )


@contextlib.contextmanager
def folder_on_leash() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="redun-spark-"))
    # On a leash, so that it goes even if whoever made it is killed.
    with running(["sleep", "infinity"], log=Path(os.devnull), answers=lambda: True, remove=folder):
        yield folder


def _environment(python: str, folder: Path, settings: Mapping[str, str] | None = None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
    return {
        **kept,
        **environment(python),
        "SPARK_HOME": str(_home()),
        # A part of the class path, which has to be the one of `spark_classes`. pyspark brings no such folder.
        "SPARK_CONF_DIR": str(_home() / "conf"),
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "SPARK_NO_DAEMONIZE": "1",
        "SPARK_DAEMON_MEMORY": "600m",
        "SPARK_DAEMON_JAVA_OPTS": " ".join(f"-D{name}={value}" for name, value in (settings or {}).items()),
    }


def _program(name: str) -> str:
    require("Java", ["java"], "openjdk-17-jre-headless")
    return str(_home() / "bin" / name)


def _home() -> Path:
    # Found, not imported: what is under test decides when pyspark is loaded.
    found = importlib.util.find_spec("pyspark")
    if found is None or found.origin is None:
        missing("pyspark", "pip install 'pyspark>=3.5'")
    return Path(found.origin).parent
