"""`redun run` says that it waits for a call that another execution runs."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import threading
import time
from typing import Any

WORKFLOW = """
    from redun import task

    redun_namespace = "waiting"

    @task
    def shared(x: int) -> int:
        return 2 * x
    """


def test_who_is_waited_for_is_told(workspace: Any) -> None:
    workspace.write("wf.py", WORKFLOW)
    workspace.write(".redun/redun.ini", "[backend]\nleases = true\n")
    command = ("run", "wf.py", "shared", "--x", "1")
    workspace.redun(*command)
    path = workspace.folder / ".redun" / "redun.db"
    now = time.time_ns() // 1000
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM evaluation")
        connection.execute(
            "INSERT INTO execution (key, id, argv, task, status, started, heartbeat, host, pid, version)"
            " VALUES (50, ?, '[]', 'x', 0, ?, ?, 'elsewhere', 1, '1')",
            (bytes.fromhex("ab" * 16), now, now),
        )
        connection.execute("INSERT INTO lease SELECT eval_hash, 50, 1, 0 FROM job")
    other = threading.Thread(target=_give_back_when_awaited, args=(path,))
    other.start()
    done = workspace.redun(*command)
    other.join()
    assert done.stdout == "2\n"
    assert re.search(
        r"Wait   Job \w+\.1:  waiting\.shared\(x=1\) for execution abababab, which runs an equal call\n",
        done.stderr,
    )
    assert re.search(r"Run    Job \w+\.1:  waiting\.shared\(x=1\) on default\n", done.stderr)


def _give_back_when_awaited(path: Any) -> None:
    """End the lease when a second job needs it; a minute without one ends it as well, for the test to fail."""
    deadline = time.monotonic() + 60
    with contextlib.closing(sqlite3.connect(path, timeout=60)) as connection:
        while time.monotonic() < deadline:
            if connection.execute("SELECT count(*) FROM job WHERE status = 0").fetchone() == (1,):
                break
            time.sleep(0.05)
        with connection:
            connection.execute("DELETE FROM lease WHERE execution = 50")
