"""What Ctrl+C and a killed scheduler leave: cancelled Spark jobs, a record that says so, and no process."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import warm

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_java")]

WORKFLOW = """
    import os, time
    from functools import partial
    from pathlib import Path
    from redun import task
    from redun_executor_spark import get_spark_context

    redun_namespace = "held"

    def hold(folder, name):
        Path(folder, f"{name}.begun").touch()
        end = time.monotonic() + 300
        while not Path(folder, "released").exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        return name

    @task(executor="spark")
    def prepare():
        return get_spark_context().parallelize(range(5), 1).sum()

    @task(executor="spark")
    def drive(folder, prepared):
        return get_spark_context().parallelize(["driver"], 1).map(partial(hold, folder)).collect()

    @task(executor="spark", mode="worker")
    def work(folder, number, prepared):
        # Its module lies elsewhere on a worker.
        return hold(folder, f"worker-{number}")

    @task
    def main(folder: str):
        prepared = prepare()
        return [drive(folder, prepared), [work(folder, number, prepared) for number in range(2)]]
"""


class Held:
    """A run of the workflow, whose processes can all be found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mark = f"REDUN_TEST_MARK={secrets.token_hex(8)}"
        name, _, value = self._mark.partition("=")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "redun_cli", "run", "workflow.py", "main", "--folder", str(folder)],
            cwd=folder,
            env={**os.environ, name: value, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def until_all_run(self) -> None:
        """Wait until the driver's job and one of a worker's calls are being held."""
        begun = ["driver.begun", "worker-0.begun"]
        wait_for(
            lambda: all((self.folder / name).exists() for name in begun) or self.process.poll() is not None
        )
        assert self.process.poll() is None, self.process.communicate()

    def interrupt(self) -> None:
        """Send what a terminal sends for Ctrl+C: to all processes of its foreground."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> tuple[str, str]:
        """Wait until the run and all that it started have ended, and return what it printed."""
        printed = self.process.communicate(timeout=120)
        wait_for(lambda: self.left() == [])
        return printed

    def left(self) -> list[str]:
        """Return the command lines of its processes."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(
                        (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    )
            except OSError:
                continue
        return [line for line in found if line]


def wait_for(condition: Callable[[], Any], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def start(project: Any) -> Iterator[Callable[[], Held]]:
    """Return a function that starts the workflow."""
    events = project.folder / "events"
    events.mkdir()
    conf = {"spark.eventLog.enabled": "true", "spark.eventLog.dir": events.as_uri()}
    conf |= {"spark.eventLog.rolling.enabled": "false", "spark.eventLog.compress": "false"}
    project.configure("local[4]", spark_conf=conf)
    with open(project.folder / ".redun" / "redun.ini", "a") as configuration:
        configuration.write("[backend]\ndb_uri = sqlite:///redun.db\n")
    project.write(WORKFLOW)
    runs: list[Held] = []

    def start() -> Held:
        runs.append(Held(project.folder))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            os.killpg(run.process.pid, signal.SIGKILL)


def log(folder: Path, *words: str) -> str:
    command = [Path(sys.executable).with_name("redun"), "log", *words]
    printed: str = warm.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    return printed


def job_ends(folder: Path) -> list[tuple[str, str]]:
    """Return how Spark's jobs ended, as Spark's own log of events tells."""
    found = []
    for path in (folder / "events").iterdir():
        for line in path.read_text().splitlines():
            event = json.loads(line)
            if event["Event"] == "SparkListenerJobEnd":
                result = event["Job Result"]
                found.append((result["Result"], result.get("Exception", {}).get("Message", "")))
    return found


def test_ctrl_c_cancels_the_jobs_and_the_next_run_goes_on(start: Callable[[], Held]) -> None:
    run = start()
    run.until_all_run()
    run.interrupt()
    _, said = run.end()
    assert run.process.returncode == 130, said
    failed = [message for result, message in job_ends(run.folder) if result == "JobFailed"]
    # The driver's; partitions of calls on workers are asked to end, and do before Spark ends them.
    assert failed
    assert all("cancelled" in message and "shut down" not in message for message in failed), failed

    execution = log(run.folder, "-")
    assert re.search(r"Exec \w+ \[ *CANCELLED *\]", execution), execution
    assert re.search(r"\[ *DONE *\].*held\.prepare\(", execution)
    assert re.search(r"\[ *CANCELLED *\].*held\.drive\(", execution)
    assert len(re.findall(r"\[ *CANCELLED *\].*held\.work\(", execution)) == 2

    (run.folder / "released").touch()
    again = start()
    printed, said = again.end()
    assert printed.strip() == "[['driver'], ['worker-0', 'worker-1']]", said
    assert re.search(r"Cached Job .*held\.prepare\(", said)


def test_ctrl_c_twice_ends_everything_at_once(start: Callable[[], Held]) -> None:
    run = start()
    run.until_all_run()
    run.interrupt()
    run.interrupt()
    _, said = run.end()
    assert run.process.returncode == 130, said
    assert re.search(r"Exec \w+ \[ *CANCELLED *\]", log(run.folder, "-"))


def test_a_killed_scheduler_leaves_no_process(start: Callable[[], Held]) -> None:
    run = start()
    run.until_all_run()
    run.process.kill()
    run.end()
    assert re.search(r"Exec \w+ \[ *CRASHED *\]", log(run.folder, "-"))
