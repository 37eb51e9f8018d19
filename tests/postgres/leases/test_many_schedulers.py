"""Many processes, each with a scheduler of its own, that need the same calls at the same time."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE

import psycopg
import pytest
import warm
from services.postgres import PostgresServer

_WORKFLOW = """
import os
import random
import sys
import time
import traceback

import redun_backend_postgres.recorder
from redun import Scheduler, task
from redun.config import Config

redun_namespace = "overlap"
url, log, schedulers, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


def note(text):
    # One write of a line is not torn apart by others.
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{text}\\n".encode())
    os.close(descriptor)


@task(version="1")
def leaf(turn, number):
    note(f"leaf {turn} {number}")
    time.sleep(0.002)
    return number


@task(version="1")
def add(turn, x, y):
    note(f"add {turn} {x} {y}")
    return x + y


@task(version="1")
def pairs(turn, numbers):
    return [add(turn, leaf(turn, number), leaf(turn, number + 1)) for number in numbers]


def run(seed):
    with Scheduler(Config({"backend": {"db_uri": url}})) as scheduler:
        chance = random.Random(seed)
        for turn in range(rounds):
            numbers = chance.sample(range(20), 14)
            assert scheduler.run(pairs(turn, numbers)) == [2 * number + 1 for number in numbers]


def fork(seed):
    child = os.fork()
    if child == 0:
        try:
            run(seed)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return child


# What costs most, to import it all, is done once.
children = [fork(seed) for seed in range(schedulers)]
sys.exit(any(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""


@pytest.mark.parametrize(
    ("schedulers", "rounds"),
    [(4, 3), pytest.param(8, 10, marks=pytest.mark.slow), pytest.param(16, 20, marks=pytest.mark.large)],
)
def test_each_shared_call_runs_once(
    record: str, postgres: PostgresServer, tmp_path: Path, schedulers: int, rounds: int
) -> None:
    workflow, log = tmp_path / "overlap.py", tmp_path / "log"
    workflow.write_text(_WORKFLOW)
    command = [sys.executable, workflow, record, log, str(schedulers), str(rounds)]
    with warm.Popen(command, stderr=PIPE, text=True, start_new_session=True) as process:
        try:
            _, errors = process.communicate(timeout=300)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, errors
    ran = Counter(log.read_text().splitlines())
    assert {line: times for line, times in ran.items() if times > 1} == {}
    assert len(ran) >= rounds * 28
    with psycopg.connect(record) as connection:
        states = "SELECT status, count(*) FROM execution GROUP BY 1"
        assert connection.execute(states).fetchall() == [(1, schedulers * rounds)]
        assert connection.execute("SELECT DISTINCT status FROM job ORDER BY 1").fetchall() == [(1,), (2,)]
        assert connection.execute("SELECT * FROM lease").fetchall() == []
    assert "deadlock" not in postgres.log
