"""A process that has leases is killed."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import PIPE

import psycopg
import pytest
import warm
from redun import Scheduler, task
from redun.config import Config

_HOLDER = """
import sys
import time

from redun import Scheduler, task
from redun.config import Config


@task(namespace="killed", version="1")
def shared(x):
    print("began", flush=True)
    time.sleep(600)


Scheduler(Config({"backend": {"db_uri": sys.argv[1]}})).run(shared(1))
"""


@task(namespace="killed", version="1")
def shared(x: int) -> str:
    return f"made {x} here"


@pytest.mark.slow
def test_what_a_killed_process_ran_is_run_by_others(record: str, tmp_path: Path) -> None:
    workflow = tmp_path / "holder.py"
    workflow.write_text(_HOLDER)
    holder = warm.Popen([sys.executable, workflow, record], stdout=PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "began\n"
    finally:
        holder.kill()
        holder.communicate()
    with psycopg.connect(record) as connection:
        # Its last sign of life is almost ten seconds old, when others believe that it is gone.
        connection.execute("UPDATE execution SET heartbeat = heartbeat - 9800000")
    # Nothing is told: it is its silence that is noticed.
    with Scheduler(Config({"backend": {"db_uri": record}})) as scheduler:
        assert scheduler.run(shared(1)) == "made 1 here"
