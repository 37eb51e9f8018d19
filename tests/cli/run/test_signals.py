"""Signals end a run in an orderly way, with the exit code of the signal."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace

WORKFLOW = """
    import time
    from pathlib import Path
    from redun import task


    @task
    def slow(seconds: float):
        Path("started").touch()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            time.sleep(0.05)
        Path("finished").touch()
        return seconds


    @task
    def after(x):
        Path("after").touch()
        return x


    @task
    def main(seconds: float):
        return after(slow(seconds))
"""


def started(workspace: Workspace, seconds: float) -> subprocess.Popen[str]:
    workspace.write("wf.py", WORKFLOW)
    process = workspace.start("run", "wf.py", "main", "--seconds", str(seconds))
    deadline = time.monotonic() + 60
    while not (workspace.folder / "started").exists():
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    return process


def execution_status(workspace: Workspace) -> int:
    with sqlite3.connect(workspace.folder / ".redun" / "redun.db") as database:
        return int(database.execute("select status from execution").fetchone()[0])


def test_an_interrupt_finishes_what_runs_and_records_it(workspace: Workspace) -> None:
    process = started(workspace, 1.0)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert (workspace.folder / "finished").exists()
    assert not (workspace.folder / "after").exists()
    assert "Interrupted" in stderr
    assert "Traceback" not in stderr
    assert execution_status(workspace) == 4
    done = workspace.redun("run", "wf.py", "main", "--seconds", "1.0")
    assert "Cached Job" in done.stderr
    assert (workspace.folder / "after").exists()


@pytest.mark.parametrize(
    ("signals", "code"),
    [((signal.SIGINT, signal.SIGINT), 130), ((signal.SIGTERM,), 143)],
    ids=["INT", "TERM"],
)
def test_a_second_interrupt_or_a_termination_stops_at_once(
    workspace: Workspace, signals: tuple[signal.Signals, ...], code: int
) -> None:
    process = started(workspace, 60)
    begin = time.monotonic()
    for number, signum in enumerate(signals):
        if number:
            time.sleep(0.5)
            assert process.poll() is None
        process.send_signal(signum)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == code, stderr
    assert time.monotonic() - begin < 15
    assert not (workspace.folder / "finished").exists()
    assert "Traceback" not in stderr
    assert execution_status(workspace) == 4
