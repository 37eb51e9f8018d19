"""Several schedulers of one process on one database, while others look."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from redun import Scheduler, task
from redun.config import Config


@task(namespace="several_tests", version="1")
def same(x: int) -> int:
    return x


def test_a_second_one_leaves_the_locks_of_the_first(tmp_path: Path) -> None:
    config = Config({"backend": {"db_uri": "sqlite:///redun.db"}}, configdir=tmp_path)
    look = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM execution'); c.close()"
    with Scheduler(config) as first:
        first.run(same(1))
        with Scheduler(config) as second:
            second.load()
            # Without the locks, whoever looks takes himself for the last one and removes the log of changes.
            subprocess.run([sys.executable, "-c", look, str(tmp_path / "redun.db")], check=True)
            assert (tmp_path / "redun.db-wal").exists()
            second.run(same(2))
            second.run(same(3))
        first.run(same(4))
    connection = sqlite3.connect(tmp_path / "redun.db")
    count = connection.execute("SELECT count(*) FROM execution WHERE status = 1").fetchone()[0]
    connection.close()
    assert count == 4
