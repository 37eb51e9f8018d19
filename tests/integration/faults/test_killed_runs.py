"""kill -9 at random moments, again and again, then resume: invariants I1 to I7.

I1 a call whose result was recorded before the kill never runs again; I2 no record says RUNNING for a dead process;
I3 the result is that of an undisturbed run; I4 the database is sound; I5 no process is left; I6 exit codes are right;
I7 a call runs at most once more than it was hit.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs
import pytest

if TYPE_CHECKING:
    from tests.integration.faults.conftest import Project, Run

KILLS = 50
SEED = int(os.environ.get("FAULT_SEED", "20261"))

# A fan-out with a process each, a chain, files written and read, results too large for the database, and a recursion
# that is only known step by step.
WORKFLOW = """
    @task
    def part(key: str) -> str:
        note("start", key)
        done = subprocess.run(["sh", "-c", f"sleep 0.0$(({len(key)} % 7)); echo {key}"], capture_output=True, text=True)
        note("end", key)
        return done.stdout.strip().upper()

    @task
    def save(key: str, text: str) -> File:
        note("start", key)
        out = File(f"out/{key}.txt")
        out.write(text * 1000)
        note("end", key)
        return out

    @task
    def measure(key: str, file: File) -> int:
        note("start", key)
        size = len(file.read())
        note("end", key)
        return size

    @task
    def large(key: str) -> bytes:
        note("start", key)
        data = key.encode() * 400_000
        note("end", key)
        return data

    @task
    def link(key: str, before: int) -> int:
        note("start", key)
        time.sleep(0.01)
        note("end", key)
        return before + 1

    @task
    def step(key: str, left: int, total: int):
        note("start", key)
        if not left:
            return total
        return step(f"step-{left - 1}", left - 1, link(f"of-step-{left}", total))

    @task
    def main(n: int = 12) -> list:
        parts = [part(f"part-{i}") for i in range(n)]
        sizes = [measure(f"measure-{i}", save(f"save-{i}", each)) for i, each in enumerate(parts)]
        chain = 0
        for i in range(n):
            chain = link(f"link-{i}", chain)
        big = [large(f"big-{i}") for i in range(3)]
        return [sizes, chain, [measure_bytes(f"size-{i}", each) for i, each in enumerate(big)], step("step-5", 5, 0)]

    @task
    def measure_bytes(key: str, data: bytes) -> int:
        note("start", key)
        return len(data)
"""


@attrs.define
class Tally:
    """What the invariants need to know of a project's runs so far."""

    project: Project
    hits: Counter[str] = attrs.field(factory=Counter)
    seen: int = 0
    recorded: set[str] = attrs.field(factory=set)
    kills: int = 0

    @contextmanager
    def one_run(self) -> Iterator[None]:
        """Check what must hold after a run, whether it was killed or not."""
        yield
        project = self.project
        project.assert_no_process_left()  # I5
        starts = project.bodies()[self.seen :]
        self.seen += len(starts)
        assert max(Counter(starts).values(), default=1) == 1
        assert not self.recorded & set(starts), "ran again although its result was recorded"  # I1
        recorded = project.recorded_keys()
        assert self.recorded <= recorded
        assert recorded <= set(project.bodies())
        self.recorded = recorded
        self.hits.update(set(starts) - recorded)
        project.assert_record_sound()  # I4

    def assert_killed(self) -> None:
        if self.project.database.exists() and self.recorded:
            executions = self.project.log()  # I2
            assert executions[0]["status"] in ("CRASHED", "DONE"), executions[0]
            assert "RUNNING" not in {execution["status"] for execution in executions}
            assert "RUNNING" not in {job["status"] for job in self.project.log("-")[1:]}

    def assert_finished(self, run: Run, expected: str) -> None:
        assert run.code == 0, run.stderr  # I6
        assert run.stdout == expected  # I3
        for key, count in Counter(self.project.bodies()).items():
            assert count <= 1 + self.hits[key]  # I7
        self.project.assert_no_running_rows()
        assert set(self.project.recorded_keys()) == set(self.project.bodies())
        calls = len(set(self.project.bodies())) + 1
        again = self.project.redun("run", "wf.py", "main")
        assert again.stdout == expected
        assert again.ran() == []
        assert len(again.cached()) == calls


@pytest.fixture
def expected(make_project: Callable[[str], Project]) -> tuple[str, float]:
    """The result of an undisturbed run, and how long it takes."""
    project = make_project("undisturbed")
    project.workflow(WORKFLOW)
    begun = time.monotonic()
    result = project.redun("run", "wf.py", "main").stdout
    return result, time.monotonic() - begun


@pytest.mark.slow
def test_killed_at_random_moments(
    make_project: Callable[[str], Project], expected: tuple[str, float]
) -> None:
    result, duration = expected
    chance = random.Random(SEED)
    kills = 0
    while kills < KILLS:
        project = make_project(f"project-{kills}")
        project.workflow(WORKFLOW)
        tally = Tally(project)
        finished = None
        while finished is None:
            begun = project.database.exists()
            # Half of the runs are to get as far as beginning; later ones are shorter.
            delay = chance.uniform(0.1, duration * (0.9 if begun else 0.6))
            with tally.one_run():
                process = project.start("run", "wf.py", "main")
                try:
                    process.wait(delay if kills < KILLS else None)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    kills += 1
                if process.returncode == -signal.SIGKILL:
                    process.communicate()
                else:
                    finished = project.finish(process)
            if finished is None:
                tally.assert_killed()
        tally.assert_finished(finished, result)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace injects the kill")
def test_killed_at_every_kind_of_write(
    make_project: Callable[[str], Project], expected: tuple[str, float]
) -> None:
    """Killed inside the n-th call of the system that makes, fills, syncs or renames a file of the record."""
    chance = random.Random(SEED)
    project = make_project("project")
    project.workflow(WORKFLOW)
    tally = Tally(project)
    finished = None
    kills = 0
    while finished is None:
        calls = chance.choice(
            ["fdatasync,fsync", "pwrite64", "rename,renameat,renameat2", "ftruncate,unlink"]
        )
        number = chance.randint(1, 6 if "pwrite64" not in calls else 60) if kills < 25 else 10**6
        inject = f"inject={calls}:signal=KILL:when={number}"
        # Only the command itself is traced from the beginning; what tasks start is not followed into.
        prefix = (
            "strace",
            "-f",
            "--seccomp-bpf",
            "-qq",
            "-e",
            f"trace={calls}",
            "-e",
            inject,
            "-o",
            "/dev/null",
        )
        with tally.one_run():
            process = project.start("run", "wf.py", "main", prefix=prefix)
            stdout, stderr = process.communicate(timeout=120)
        if process.returncode == -signal.SIGKILL:
            kills += 1
            tally.assert_killed()
        else:
            assert process.returncode == 0, stderr
            finished = stdout
    assert kills >= 3
    assert finished == expected[0]
    assert project.redun("run", "wf.py", "main").ran() == []
