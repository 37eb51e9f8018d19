"""`redun log` of a job that waits for the result of another execution."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from types import SimpleNamespace

from click.testing import CliRunner
from redun import Scheduler, task
from redun.config import Config
from redun_cli.log.command import log


@task(namespace="log_waiting", version="1")
def shared(x: int) -> int:
    return x


def test_a_waiting_job_names_the_execution_it_waits_for(tmp_path: Path) -> None:
    path = tmp_path / "redun.db"
    with Scheduler(Config({"backend": {"db_uri": f"sqlite:///{path}"}})) as scheduler:
        scheduler.run(shared(1))
        scheduler.run(shared(1))
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        # As it was while both were under way: the first runs the call, and the second waits.
        connection.execute("UPDATE execution SET status = 0, ended = NULL")
        connection.execute("UPDATE job SET status = 0, call_hash = NULL")
        connection.execute(
            "INSERT INTO lease (eval_hash, execution, token, taken)"
            " SELECT eval_hash, execution, 1, 0 FROM job WHERE execution = 1"
        )
        first, second = [
            row[0].hex()[:8] for row in connection.execute("SELECT id FROM execution ORDER BY key")
        ]

    def show(job: str) -> str:
        result = CliRunner().invoke(log, [job], obj=SimpleNamespace(database=path), catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    assert f"Waits for: execution {first}, which runs an equal call" in show(f"{second}.1")
    assert "Waits for" not in show(f"{first}.1")
