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
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import attrs
import pytest

if TYPE_CHECKING:
    from tests.integration.faults.conftest import Project

KILLS = 50
KILLS_IN_WRITES = 15
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
        if self.project.has_execution():
            last, *jobs = self.project.log("-")  # I2
            assert last["status"] in ("CRASHED", "DONE")
            assert "RUNNING" not in {job["status"] for job in jobs}

    def assert_finished(self, run: Any, expected: str) -> None:
        assert run.code == 0, run.stderr  # I6
        assert run.stdout == expected  # I3
        for key, times in Counter(self.project.bodies()).items():
            assert times <= 1 + self.hits[key]  # I7
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
    for number in count():
        if kills == KILLS:
            break
        project = make_project(f"project-{number}")
        project.workflow(WORKFLOW)
        tally = Tally(project)
        finished = None
        while finished is None:
            # The first run of a project is likely to be killed while it makes the database.
            delay = chance.uniform(0.1, duration * (0.9 if project.database.exists() else 0.6))
            with tally.one_run():
                process = project.start("run", "wf.py", "main")
                run = project.finish(process, kill_after=delay if kills < KILLS else None)
            if run.code == -signal.SIGKILL:
                kills += 1
                tally.assert_killed()
            else:
                finished = run
        tally.assert_finished(finished, result)


WRITES = {"fdatasync,fsync": 12, "pwrite64": 200, "rename,unlink,ftruncate": 4}
"""Calls of the system that change the record, and about how often a thread of a run makes them."""


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("strace") is None and "CI" not in os.environ, reason="strace injects the kill"
)
def test_killed_while_writing(make_project: Callable[[str], Project], expected: tuple[str, float]) -> None:
    """Killed inside the n-th call that writes, syncs or renames: making the database, committing, storing a payload."""
    chance = random.Random(SEED)
    kills = 0
    for number in count():
        if kills >= KILLS_IN_WRITES:
            break
        project = make_project(f"project-{number}")
        project.workflow(WORKFLOW)
        tally = Tally(project)
        finished = None
        while finished is None:
            calls = chance.choice(list(WRITES))
            when = chance.randint(1, WRITES[calls])
            options = f"-f -qq -o /dev/null -e trace={calls} -e inject={calls}:signal=KILL:when={when}"
            with tally.one_run():
                process = project.start("run", "wf.py", "main", prefix=("strace", *options.split()))
                run = project.finish(process)
            if run.code == -signal.SIGKILL:
                kills += 1
                tally.assert_killed()
            else:
                finished = run
        tally.assert_finished(finished, expected[0])
