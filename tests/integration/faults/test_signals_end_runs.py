"""SIGINT lets running tasks finish; SIGINT again, SIGTERM and SIGHUP end a run at once; nothing is left behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.faults.conftest import Project

WORKFLOW = """
    @task
    def work(key: str, seconds: float) -> str:
        note("start", key)
        subprocess.run(["sleep", str(seconds)], check=True)
        note("end", key)
        return key

    @task
    def after(parts: list) -> list:
        note("start", "after")
        return parts

    @task
    def main(seconds: float, n: int = 4):
        return after([work("first", 0.01), *[work(f"slow-{i}", seconds) for i in range(n)]])
"""
SLOW = [f"slow-{i}" for i in range(4)]


def begin(project: Project, seconds: float) -> subprocess.Popen[str]:
    project.workflow(WORKFLOW)
    process = project.start("run", "wf.py", "main", "--seconds", str(seconds))
    project.await_bodies(process, *SLOW)
    project.await_bodies(process, "first", word="end")
    return process


def assert_closed(project: Project) -> None:
    project.assert_no_process_left()
    project.assert_no_running_rows()
    project.assert_record_sound()
    assert [row["status"] for row in project.log()] == ["CANCELLED"]


def test_the_first_interrupt_lets_running_tasks_finish(project: Project) -> None:
    process = begin(project, 2)
    process.send_signal(signal.SIGINT)
    run = project.finish(process)
    assert run.code == 130, run.stderr
    assert "Interrupted" in run.stderr
    assert set(project.bodies("end")) == {"first", *SLOW}
    assert "after" not in project.bodies()
    assert_closed(project)
    again = project.redun("run", "wf.py", "main", "--seconds", "2")
    assert set(project.bodies()) == {"first", *SLOW, "after"}
    assert len(project.bodies()) == 6
    assert len(again.cached()) == 6


def test_the_second_interrupt_ends_at_once(project: Project) -> None:
    process = begin(project, 300)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    process.send_signal(signal.SIGINT)
    run = project.finish(process)
    assert run.code == 130, run.stderr
    assert_closed(project)
    assert project.bodies("end") == ["first"]
    assert project.recorded_keys() == {"first"}


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_termination_ends_at_once(project: Project, signum: signal.Signals, code: int) -> None:
    process = begin(project, 300)
    process.send_signal(signum)
    run = project.finish(process)
    assert run.code == code, run.stderr
    assert "Interrupted: stopping at once" in run.stderr
    assert_closed(project)
    assert project.recorded_keys() == {"first"}
    resumed = project.start("run", "wf.py", "main", "--seconds", "300")
    project.await_that(
        lambda: all(project.bodies().count(key) == 2 for key in SLOW), "the second run's bodies"
    )
    resumed.send_signal(signum)
    assert project.finish(resumed).code == code
    assert project.bodies().count("first") == 1


STUBBORN = """
    @task
    def stubborn() -> str:
        # A shell that ignores SIGTERM, with a child in a session of its own; a body that starts one after another.
        note("begin", "stubborn")
        script = "trap '' TERM; setsid sleep 301 & sleep 302; sleep 303"
        shell = subprocess.Popen(["/bin/sh", "-c", script])
        note("start", "stubborn")
        while True:
            subprocess.run(["sleep", "304"])

    @task
    def forked() -> str:
        # A fork at the moment of the other body's fork would keep the pipe through which Popen hears of the exec.
        bodies = pathlib.Path("bodies.log")
        while not bodies.exists() or "start stubborn" not in bodies.read_text():
            time.sleep(0.05)
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            note("start", "forked")
            while True:
                time.sleep(1)
        os.waitpid(pid, 0)
        return "never"

    @task
    def main():
        return [stubborn(), forked()]
"""


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_however_it_resists(project: Project, signum: signal.Signals) -> None:
    if signum == signal.SIGKILL and not sys.platform.startswith("linux"):
        pytest.skip("a killed run can be cleaned up after only where there is a /proc")
    project.workflow(STUBBORN)
    process = project.start("run", "wf.py", "main")
    project.await_bodies(process, "stubborn", "forked")
    assert len(project.processes()) >= 5
    process.send_signal(signum)
    process.wait(30)
    project.assert_no_process_left()


def test_processes_that_tasks_leave_on_purpose_outlive_an_orderly_end(project: Project) -> None:
    project.workflow("""
        @task
        def serve() -> list:
            quiet = subprocess.DEVNULL
            server = subprocess.Popen(
                ["sleep", "77"], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
            )
            mark = os.environ["REDUN_RUN"]
            guardians = subprocess.run(["pgrep", "-f", f"guardian.*{mark}"], capture_output=True, text=True).stdout
            return [server.pid, *map(int, guardians.split())]
    """)
    pid, *guardians = json.loads(project.redun("run", "wf.py", "serve").stdout)
    assert list(project.processes()) == [pid]
    assert guardians != []
    assert not any(Path(f"/proc/{guardian}").exists() for guardian in guardians)  # nor as zombies


def test_a_signal_while_the_record_cannot_be_opened_or_closed_is_obeyed(project: Project) -> None:
    project.workflow("""
        import sqlite3

        @task
        def hold():
            # What another process would do: hold the database so that the record cannot be closed.
            holder = sqlite3.connect(".redun/redun.db", isolation_level=None)
            holder.execute("BEGIN IMMEDIATE")
            note("start", "hold")
            time.sleep(300)
    """)
    process = project.start("run", "wf.py", "hold")
    project.await_bodies(process, "hold")
    process.send_signal(signal.SIGTERM)
    run = project.finish(process)
    assert run.code == 143
    assert "the record could not be closed" in run.stderr
    assert [row["status"] for row in project.log()] == ["CRASHED"]
