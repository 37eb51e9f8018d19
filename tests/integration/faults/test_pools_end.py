"""Whatever ends a run, its worker processes end, with the scripts and programs that they run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import warm

if TYPE_CHECKING:
    from tests.integration.faults.conftest import Project

WORKFLOW = """
    from redun import Scheduler

    @task(executor="process")
    def work(key: str, seconds: float) -> str:
        note("start", key)
        subprocess.run(["/bin/sh", "-c", f"trap '' INT HUP; sleep {seconds} & wait"], start_new_session=True)
        note("end", key)
        return key

    @task(executor="process", script=True)
    def run_script(key: str, seconds: float) -> str:
        note("start", key)
        return f"sleep {seconds} & wait"

    @task
    def after(parts: list) -> int:
        note("start", "after")
        return len(parts)

    @task
    def main(seconds: float = 60.0):
        return after([work("work", seconds), run_script("script", seconds)])

    if __name__ == "__main__":
        if sys.argv[1] == "thread":
            print(Scheduler({"executors.process": {"type": "local"}}).run(run_script("script", 60.0)))
        two = {"type": "process", "max_workers": "2", "start_method": sys.argv[1]}
        print(Scheduler({"executors.process": two}).run(main(float(sys.argv[2]))))
"""
BEGUN = ("work", "script")
CONFIGURATION = "[executors.process]\ntype = process\nmax_workers = 2\nstart_method = {}\n"


def begin_command(project: Project, method: str, seconds: float = 60) -> subprocess.Popen[str]:
    project.workflow(WORKFLOW)
    project.write(".redun/redun.ini", CONFIGURATION.format(method))
    process = project.start("run", "wf.py", "main", "--seconds", str(seconds))
    project.await_bodies(process, *BEGUN)
    return process


def begin_python(
    project: Project, method: str, seconds: float = 60, begun: tuple[str, ...] = BEGUN
) -> subprocess.Popen[str]:
    project.workflow(WORKFLOW)
    process = warm.Popen(
        [sys.executable, "wf.py", method, str(seconds)],
        cwd=project.folder,
        env=project.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    project.started.append(process)
    project.await_bodies(process, *begun)
    return process


@pytest.fixture(autouse=True)
def temporary(project: Project) -> None:
    project.environ["TMPDIR"] = str(project.folder / "temporary files")
    Path(project.environ["TMPDIR"]).mkdir()


def scripts(project: Project) -> list[Path]:
    """Return the files of scripts that are there."""
    return list(Path(project.environ["TMPDIR"]).glob("redun-*.script"))


@pytest.mark.parametrize("method", ["forkserver", "spawn", "fork"])
def test_a_script_by_python_is_killed(project: Project, method: str) -> None:
    process = begin_python(project, method)
    process.kill()
    process.communicate()
    project.assert_no_process_left()
    project.await_that(lambda: not scripts(project), "the removal of the scripts")
    assert project.bodies("end") == []


def test_a_script_task_in_a_thread_ends_too(project: Project) -> None:
    process = begin_python(project, "thread", begun=("script",))
    project.await_that(lambda: any("sleep" in line for line in project.processes().values()), "its child")
    assert len(scripts(project)) == 1
    process.kill()
    process.communicate()
    project.assert_no_process_left()
    project.await_that(lambda: not scripts(project), "the removal of the script")


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_script_by_python_gets_a_signal(project: Project, signum: signal.Signals) -> None:
    process = begin_python(project, "forkserver")
    process.send_signal(signum)
    process.communicate(timeout=20)
    project.assert_no_process_left()
    assert project.bodies("end") == []


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_the_command_is_killed(project: Project, method: str) -> None:
    process = begin_command(project, method)
    process.kill()
    process.communicate()
    project.assert_no_process_left()
    project.assert_record_sound()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_the_command_is_told_to_end(project: Project, signum: signal.Signals) -> None:
    process = begin_command(project, "forkserver")
    process.send_signal(signum)
    run = project.finish(process)
    assert run.code == 128 + signum
    project.assert_no_process_left()
    project.assert_no_running_rows()
    project.assert_record_sound()
    assert project.bodies("end") == []


def test_the_first_interrupt_lets_processes_finish(project: Project) -> None:
    process = begin_command(project, "forkserver", 3)
    process.send_signal(signal.SIGINT)
    run = project.finish(process)
    assert run.code == 130, run.stderr
    assert project.bodies("end") == ["work"]
    assert "after" not in project.bodies()
    project.assert_no_process_left()
    # What they returned is kept.
    assert project.redun("run", "wf.py", "main", "--seconds", "3").stdout.strip() == "2"
    assert project.bodies() == [*project.bodies()[:2], "after"]


def test_the_second_interrupt_ends_processes(project: Project) -> None:
    process = begin_command(project, "forkserver")
    process.send_signal(signal.SIGINT)
    project.await_that(lambda: "Interrupted" in process.stderr.readline(), "the first interrupt")
    process.send_signal(signal.SIGINT)
    run = project.finish(process)
    assert run.code == 130, run.stderr
    project.assert_no_process_left()
    project.assert_no_running_rows()


def test_a_nursery_that_is_killed_takes_its_workers_along(project: Project) -> None:
    """What they ran is lost, and tried again in others."""
    project.workflow(WORKFLOW.replace('executor="process"', 'executor="process", retries=1'))
    project.write(".redun/redun.ini", CONFIGURATION.format("forkserver"))
    process = project.start("run", "wf.py", "main", "--seconds", "2")
    project.await_bodies(process, "work")
    # Workers are forks of it, with the same command line.
    os.kill(min(pid for pid, line in project.processes().items() if "redun-nursery" in line), signal.SIGKILL)
    run = project.finish(process)
    assert run.code == 0, run.stderr
    assert project.bodies().count("work") == 2
    project.assert_no_process_left()
