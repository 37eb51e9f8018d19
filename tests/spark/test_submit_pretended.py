"""What becomes of a call whose `spark-submit` fails, hangs or runs its driver elsewhere, by a pretended one.

There is no YARN on this machine; what is shown here of cluster mode is our side of it.
"""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.spark.conftest import Project

WORKFLOW = """
    import sys

    from redun import Scheduler, task
    from redun.config import load_config
    from redun.errors import RedunError

    @task(executor="spark")
    def total(n: int) -> int:
        print("adding", n)
        return sum(range(n))

    @task(executor="spark", timeout=2)
    def hurried(n: int) -> int:
        return n

    if __name__ == "__main__":
        scheduler = Scheduler(load_config(".redun"))
        chosen = {"total": total, "hurried": hurried}[sys.argv[1]]
        for n in map(int, sys.argv[2:]):
            try:
                print(scheduler.run(chosen(n)))
            except RedunError as error:
                print(type(error).__name__, error, *getattr(error, "__notes__", ()), sep="\\n", end="\\n\\n")
"""

BARE = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
"""A Python that has nothing but what is sent."""

# All words after the program are its own: options of datasets, then what a worker is given.
WORK = f"""
while [ "${{1##*/}}" != redun_driver.py ]; do
    [ "$1" = --py-files ] && archive=$2
    shift
done
PYTHONPATH=$archive {BARE} -S -m redun.worker "${{@:3}}"
"""
"""Runs the call as a driver elsewhere would, though without Spark."""


@pytest.fixture
def pretended(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project, and a Spark without any programs."""
    project.write(WORKFLOW)
    project.configure("yarn", submit="spark-submit")
    home = project.folder / "spark"
    (home / "bin").mkdir(parents=True)
    monkeypatch.setenv("SPARK_HOME", str(home))
    monkeypatch.setenv("PATH", str(home / "bin"), prepend=os.pathsep)
    return project


def program(project: Project, script: str, name: str = "spark-submit") -> None:
    """Make a program of the pretended Spark."""
    path = project.folder / "spark" / "bin" / name
    path.write_text(f"#!/bin/bash\n{textwrap.dedent(script)}\n")
    path.chmod(0o755)


def living(word: str) -> list[str]:
    """Return the command lines of the processes that name something."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if word in line and path.parent.name != str(os.getpid()):
            found.append(line)
    return found


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_result_comes_back_from_a_driver_elsewhere(
    pretended: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As after a session of Spark Connect, which is none of this driver's.
    monkeypatch.setenv("SPARK_CONNECT_MODE_ENABLED", "1")
    pretended.configure(
        "yarn",
        submit="spark-submit",
        deploy_mode="cluster",
        scratch=pretended.folder / "shared",
        spark_conf={"spark.hadoop.fs.s3a.secret.key": "a\\b"},
    )
    defaults = pretended.folder / "spark" / "conf" / "spark-defaults.conf"
    defaults.parent.mkdir()
    defaults.write_text("spark.eventLog.enabled true")
    see = """
        echo "$@" >> words; env > env
        while [ "$1" != --properties-file ]; do shift; done
        stat -c %a "$2" > mode; cat "$2" > properties; echo "$2" > name
        """
    program(pretended, f"(cd {pretended.folder}; {see})\n{WORK}")
    assert pretended.run("total", "5") == "10\n"
    # A command line is there for everybody to see.
    assert (pretended.folder / "mode").read_text() == "600\n"
    properties = (pretended.folder / "properties").read_text().splitlines()
    assert properties[0] == "spark.eventLog.enabled true"
    assert "spark.hadoop.fs.s3a.secret.key=a\\\\b" in properties
    assert not Path((pretended.folder / "name").read_text().strip()).exists()
    words = (pretended.folder / "words").read_text()
    assert words.startswith("--master yarn --deploy-mode cluster --name total ")
    assert "spark.hadoop" not in words
    assert "SPARK_CONNECT_MODE_ENABLED" not in (pretended.folder / "env").read_text()
    # Another machine knows nothing of this one's processes.
    assert "--parent" not in words
    left = [path for path in (pretended.folder / "shared").rglob("*") if path.is_file()]
    assert [path.parent.name for path in left] == ["code"]


@pytest.mark.slow
def test_the_error_tells_why_there_is_no_result(pretended: Project) -> None:
    fates = {
        "echo 'Container killed by YARN for exceeding physical memory limits'; exit 1": (
            "JobMemoryError",
            "memory",
        ),
        "echo 'Container was preempted to make room'; exit 1": ("JobLostError", "taken away"),
        "kill -9 $$": ("JobMemoryError", "seems to have run out of memory"),
        "echo 'no such queue: night' >&2; exit 3": ("ExecutorError", "exit code 3 and left no result"),
        "exit 0": ("ExecutorError", "exit code 0 and left no result"),
    }
    count = pretended.folder / "count"
    cases = " ".join(f"{number}) {script} ;;" for number, script in enumerate(fates))
    program(pretended, f"echo >> {count}; case $(($(wc -l < {count}) - 1)) in {cases} esac")
    errors = pretended.run("total", *map(str, range(len(fates)))).rstrip().split("\n\n")
    for said, (kind, told) in zip(errors, fates.values(), strict=True):
        first, second, *lines = said.splitlines()
        assert first == kind
        assert "total" in second
        assert told in second
        log = Path(lines[-1].removeprefix("All that it wrote is in "))
        assert log.parent == pretended.folder / ".redun" / "spark-logs"
        if "exit code 3" in told:
            assert log.read_text() == "no such queue: night\n"
            assert "  no such queue: night" in lines


@pytest.mark.slow
def test_a_driver_elsewhere_is_ended_when_its_time_is_up(pretended: Project) -> None:
    pretended.configure(
        "yarn", submit="spark-submit", deploy_mode="cluster", scratch=pretended.folder / "shared"
    )
    mark = f"31415926{os.getpid()}"
    program(
        pretended,
        f"echo Submitted application_17_0007; touch {pretended.folder}/submitted; sleep {mark} & wait",
    )
    program(pretended, f'echo "$@" > {pretended.folder}/killed', name="yarn")
    assert pretended.run("hurried", "5").startswith("JobTimeoutError\n")
    wait_for(lambda: (pretended.folder / "killed").exists() and not living(mark))
    assert (pretended.folder / "killed").read_text() == "application -kill application_17_0007\n"


def test_ctrl_c_ends_a_driver_and_what_it_started(pretended: Project) -> None:
    mark = f"27182818{os.getpid()}"
    program(pretended, f"touch {pretended.folder}/submitted; sleep {mark} & wait")
    scheduler = pretended.start("total", "5")
    wait_for((pretended.folder / "submitted").exists)
    os.kill(scheduler.pid, signal.SIGINT)
    _, complaints = scheduler.communicate(timeout=120)
    assert "KeyboardInterrupt" in complaints
    wait_for(lambda: not living(mark))


@pytest.mark.slow
def test_what_is_missing_is_told_of_before_anything_starts(pretended: Project) -> None:
    lines = pretended.run("total", "5").splitlines()
    assert lines[0] == "ExecutorError"
    assert lines[1].startswith(
        f"SPARK_HOME is {pretended.folder}/spark, which has no bin/spark-submit. Install Spark"
    )
    program(pretended, f"touch {pretended.folder}/started")
    pretended.configure("yarn", submit="spark-submit", deploy_mode="cluster")
    lines = pretended.run("total", "5").splitlines()
    assert "with deploy_mode = cluster its driver runs on another machine" in lines[1]
    assert "Set scratch in [executors.spark] to a URL" in lines[1]
    assert not (pretended.folder / "started").exists()
